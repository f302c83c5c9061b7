import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, it, vi } from 'vitest';
import { stateOf, trackEachTest } from '../stream/tracked.ts';

const tracked = trackEachTest();

class Chunks extends Readable {
  override _read(): void {
    this.push(Buffer.alloc(65_536));
  }
}

it('a response whose client does not read holds up what is piped into it', async () => {
  const server = createServer((_request, response) => void new Chunks().pipe(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  const [response] = (await once(request, 'response')) as [Readable];
  response.pause();
  await vi.waitFor(() => {
    tracked.current.beat();
    expect(tracked.current.edgeNames()).toEqual(['Chunks -> ServerResponse']);
    expect(stateOf(tracked.current.named('Chunks'))).toBe('BACKPRESSURED');
    expect(stateOf(tracked.current.named('ServerResponse'))).toBe('BACKPRESSURED');
  }, 5000);
  request.destroy();
  await vi.waitFor(() => {
    tracked.current.beat();
    expect(tracked.current.named('ServerResponse')).toBeUndefined();
  }, 5000);
  server.closeAllConnections();
  server.close();
});

it('a child that does not read its input holds up what is piped into it, and is named after its command', async () => {
  const child = spawn('/bin/sleep', ['60'], { stdio: ['pipe', 'pipe', 'ignore'] });
  new Chunks().pipe(child.stdin);
  await vi.waitFor(() => {
    tracked.current.look();
    expect(tracked.current.edgeNames()).toEqual(['Chunks -> child sleep stdin']);
    expect(stateOf(tracked.current.named('Chunks'))).toBe('BACKPRESSURED');
  }, 5000);
  child.stdin.on('error', () => {});
  child.kill();
  await once(child, 'close');
});

it('what a child prints is a source named after its command', async () => {
  const child = spawn(process.execPath, ['-e', 'console.log(1)'], { stdio: ['ignore', 'pipe', 'ignore'] });
  class Disk extends PassThrough {}
  await pipeline(child.stdout, new Disk().resume());
  expect(tracked.current.edgeNames()).toEqual([expect.stringMatching(/^child node\S* stdout -> Disk$/)]);
});
