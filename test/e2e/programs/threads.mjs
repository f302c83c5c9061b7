// Worker threads with a flow each, driven by lines on stdin: "flow NAME" starts one whose flow never ends, "block NAME" one that
// spins in its function for record 100, "nest NAME" one that starts another, "stop NAME" terminates one, "leave NAME" lets one
// exit by itself, "pool COUNT" starts and ends that many threads one after the other, "bare NAME" starts one without preloads.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable, Writable } from 'node:stream';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const at = new URL(import.meta.url);

if (isMainThread) {
  const threads = new Map();
  const start = (name, kind, options = {}) => {
    const worker = new Worker(at, { workerData: { name, kind }, ...options });
    worker.on('exit', (code) => console.log(`exit ${name} ${code}`));
    worker.on('error', (error) => console.log(`error ${name} ${error.message}`));
    threads.set(name, worker);
    return worker;
  };
  createInterface({ input: process.stdin }).on('line', async (line) => {
    const [word, name] = line.split(' ');
    if (word === 'stop') threads.get(name).terminate();
    else if (word === 'leave') threads.get(name).postMessage('leave');
    else if (word === 'bare') start(name, 'flow', { execArgv: [] });
    else if (word === 'pool') {
      for (let index = 0; index < Number(name); index += 10)
        await Promise.all(Array.from({ length: 10 }, (_, at) => once(start(`p${index + at}`, 'short'), 'exit')));
      console.log('pool done');
    } else start(name, word);
  });
  console.log('ready');
} else {
  const { name, kind } = workerData;
  let index = 0;
  const numbers = new Readable({
    objectMode: true,
    read() {
      setTimeout(() => this.push(kind === 'short' && index === 5 ? null : { index: index++ }), 5);
    },
  });
  // Operators are called after their class.
  const Store = { [name]: class extends Writable {} }[name];
  const store = new Store({
    objectMode: true,
    write: function storeRecord(record, _encoding, done) {
      if (kind === 'block' && record.index === 100) while (record.index === 100);
      setImmediate(done);
    },
  });
  numbers.pipe(store);
  if (kind === 'nest') new Worker(at, { workerData: { name: `${name}-inner`, kind: 'flow' } });
  parentPort.on('message', () => process.exit(3));
  if (kind === 'short') numbers.on('end', () => parentPort.close());
}
