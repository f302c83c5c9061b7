import { afterEach, expect, test } from 'vitest';
import { type FakeMonitor, startFakeMonitor } from './fake-monitor.ts';
import { runProgram } from './run-program.ts';

interface Look {
  readonly threads: number;
  readonly listeners: number;
  readonly handles: number;
  readonly heapBytes: number;
}

/** Of ten starts, each of which brings code to be compiled and a board of its own. */
const HEAP_TOLERANCE_BYTES = 2 * 2 ** 20;

let monitor: FakeMonitor;
afterEach(() => monitor.close());

if (process.platform !== 'linux') console.warn('skipped: what restarts leave open, because only Linux tells in /proc');
test.skipIf(process.platform !== 'linux')(
  'an agent that is started and stopped ten times leaves nothing behind (counted in /proc, which only Linux has)',
  async () => {
    monitor = await startFakeMonitor();
    const { code, stdout, stderr } = await runProgram({
      program: 'restarts.mjs',
      args: [monitor.url, '10'],
      agent: false,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [before, after] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Look) as [Look, Look];
    expect([after.threads, after.listeners]).toEqual([before.threads, before.listeners]);
    // A write to a pipe may be under way when it is counted.
    expect(after.handles).toBeLessThan(before.handles + 5);
    expect(after.heapBytes).toBeLessThan(before.heapBytes + HEAP_TOLERANCE_BYTES);
  },
);
