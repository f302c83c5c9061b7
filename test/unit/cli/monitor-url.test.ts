import { describe, expect, test } from 'vitest';
import { workerUrl } from '../../../src/cli/monitor-url.ts';

describe('the address of a monitor', () => {
  test.each([
    ['ws://127.0.0.1:4680', 'ws://127.0.0.1:4680'],
    ['wss://monitor.example/', 'wss://monitor.example'],
    ['http://127.0.0.1:4680', 'ws://127.0.0.1:4680'],
    ['https://monitor.example/streams/', 'wss://monitor.example/streams'],
    ['HTTP://[::1]:4680', 'ws://[::1]:4680'],
  ])('%s is dialled as %s', (written, dialled) => {
    expect(workerUrl(written)).toBe(dialled);
  });

  test.each(['', 'localhost', 'localhost:4680', 'ftp://127.0.0.1', 'ws://', 'http://:4680', 'ws://a b'])(
    '%j is refused with an example of a right one',
    (written) => {
      expect(() => workerUrl(written)).toThrow(/is not the address of a monitor; write it like ws:\/\//);
    },
  );
});
