/**
 * A worker whose throughput and memory are measured while its monitor is well, or not: a source, three transforms, a sink, objects.
 *
 * usage: node absent-program.mjs <records> <loops of work per record> <seconds before it is measured> <seconds it goes on then>
 * Prints JSON: processor time of the whole process, that of its main thread alone, and time that passed, in nanoseconds per record, over flows
 * of that many records until the seconds are over; heap after a collection and resident memory before the first of them and after the last.
 */
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const [records, loops, warmUpSeconds, seconds] = process.argv.slice(2).map(Number);
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

/** Work that the compiler cannot take away. */
let result = 1;
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

async function flow(length) {
  let next = 0;
  const source = new Readable({
    objectMode: true,
    read() {
      this.push(next < length ? { id: next++ } : null);
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

function memory() {
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapBytes: heapUsed, residentBytes: rss };
}

// An attached agent has its thread running by then, and has met its monitor, if there is one: what that takes is paid once. So is what V8 takes
// to compile what the agent does a few times a second, which is over after some ten seconds.
await sleep(1000);
const warmUntilMs = performance.now() + warmUpSeconds * 1000;
do await flow(Math.ceil(records / 20));
while (performance.now() < warmUntilMs);
const before = memory();
const startMs = performance.now();
const cpu = process.cpuUsage();
const mainCpu = process.threadCpuUsage();
let flowed = 0;
do {
  await flow(records);
  flowed += records;
} while (performance.now() - startMs < seconds * 1000);
const mainNano = nanoPerRecord(process.threadCpuUsage(mainCpu));
const processorNano = nanoPerRecord(process.cpuUsage(cpu));
const passedNano = ((performance.now() - startMs) * 1e6) / flowed;
console.log(JSON.stringify({ processorNano, mainNano, passedNano, before, after: memory() }));
// An agent that looks for its monitor must not count.
process.exit(result === 0 ? 1 : 0);

function nanoPerRecord({ user, system }) {
  return ((user + system) * 1000) / flowed;
}
