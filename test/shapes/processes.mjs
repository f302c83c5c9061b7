import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';

class Chunks extends Readable {
  constructor(next) {
    super();
    this.next = next;
  }
  _read() {
    void Promise.resolve(this.next()).then((record) => this.push(record === undefined ? null : 'record\n'));
  }
}
class Disk extends Writable {
  _write(_chunk, _encoding, done) {
    done();
  }
}

export const shapes = {
  'child-process': {
    title: 'child process: stdin and stdout',
    edges: ['Chunks > .*cat.*', '.*cat.* > Disk'],
    flow: async (next) => {
      const child = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] });
      await Promise.all([pipeline(new Chunks(next), child.stdin), pipeline(child.stdout, new Disk())]);
    },
  },
  http: {
    title: 'HTTP: request body, response body',
    edges: ['IncomingMessage.* > Disk', 'Chunks > .*'],
    flow: async (next) => {
      const server = createServer((incoming, outgoing) => {
        void pipeline(incoming, new Disk()).then(() => outgoing.end());
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const outgoing = request({ port: server.address().port, method: 'POST', host: '127.0.0.1' });
      const answered = once(outgoing, 'response');
      await pipeline(new Chunks(next), outgoing);
      const [response] = await answered;
      await pipeline(response, new Disk());
      server.close();
    },
  },
  fetch: {
    title: 'HTTP: body of a fetch(), `for await`',
    edges: ['Chunks > ServerResponse', 'ReadableStream .* > store', 'store > Disk'],
    flow: async function store(next) {
      const server = createServer((_incoming, outgoing) => {
        void pipeline(new Chunks(next), outgoing);
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { body } = await fetch(`http://127.0.0.1:${server.address().port}/`);
      const disk = new Disk();
      for await (const chunk of body) disk.write(chunk);
      server.close();
    },
  },
  'worker-thread': {
    title: 'streams in a worker thread',
    edges: ['Numbers > Ledger'],
    flow: async () => {
      const worker = new Worker(new URL('./thread-flow.mjs', import.meta.url));
      await once(worker, 'exit');
    },
  },
};
