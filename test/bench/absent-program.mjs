/**
 * A worker whose throughput and memory are measured while its monitor is well, or not: a source, three transforms, a sink, objects.
 * It is forked, does what it is told, one message after the other, and answers each:
 *
 * - `{ records, loops }`: one flow of that many records with so many loops of work on each. Answers with processor time of the whole
 *   process, that of its main thread alone, and time that passed, in nanoseconds per record.
 * - `{ memory: true }`: heap after a collection, and resident memory, bytes.
 */
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

/** Work that the compiler cannot take away. */
let result = 1;
let loops = 0;
function work() {
  let value = result;
  for (let loop = 0; loop < loops; loop++) value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d) + loop;
  result = value;
}

function stage(task) {
  return new Transform({
    objectMode: true,
    transform(record, _encoding, done) {
      task();
      done(null, record);
    },
  });
}

async function flow(records) {
  let next = 0;
  const source = new Readable({
    objectMode: true,
    read() {
      this.push(next < records ? { id: next++ } : null);
    },
  });
  const sink = new Writable({ objectMode: true, write: (_record, _encoding, done) => done() });
  await pipeline(
    source,
    stage(() => {}),
    stage(work),
    stage(() => {}),
    sink,
  );
}

async function measure(records) {
  const nanoPerRecord = ({ user, system }) => ((user + system) * 1000) / records;
  const startMs = performance.now();
  const [cpu, mainCpu] = [process.cpuUsage(), process.threadCpuUsage()];
  await flow(records);
  return {
    mainNano: nanoPerRecord(process.threadCpuUsage(mainCpu)),
    processorNano: nanoPerRecord(process.cpuUsage(cpu)),
    passedNano: ((performance.now() - startMs) * 1e6) / records,
  };
}

function memory() {
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapBytes: heapUsed, residentBytes: rss };
}

process.on('message', async (task) => {
  if (task.memory) process.send(memory());
  else {
    loops = task.loops;
    process.send(await measure(task.records));
  }
});
