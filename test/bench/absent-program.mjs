/**
 * A worker whose throughput and memory are measured while its monitor is well, or not: a source, three transforms, a sink, objects.
 * It has one pipeline for as long as it lives, whose source gets its records in batches, the event loop turning in between, and waits when
 * it has none; with the argument `anew` it makes a pipeline for each task. It is forked, does what it is told, one message after the other,
 * and answers each:
 *
 * - `{ records, loops }`: that many records with so many loops of work on each. Answers with processor time of the whole process, that of
 *   its main thread alone, and time that passed, in nanoseconds per record.
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

/** Records that the source has at once: a thousandth of a second's work, as a consumer has them from its socket. */
const BATCH = 50;

function stage(task) {
  return new Transform({
    objectMode: true,
    transform(record, _encoding, done) {
      task();
      done(null, record);
    },
  });
}

/** A pipeline that stands when it has none of its records left. */
function startFlow() {
  let [given, end] = [0, 0];
  let waits = false;
  let done;
  const give = () => {
    waits = false;
    source.push({ id: given++ });
  };
  const source = new Readable({
    objectMode: true,
    read() {
      waits = given >= end;
      if (waits) return;
      if (given % BATCH === 0) setImmediate(give);
      else give();
    },
  });
  let written = 0;
  const sink = new Writable({
    objectMode: true,
    write(_record, _encoding, next) {
      if (++written === end) done();
      next();
    },
  });
  void pipeline(
    source,
    stage(() => {}),
    stage(work),
    stage(() => {}),
    sink,
  );
  return {
    /** Lets so many more records through. */
    run: (records) =>
      new Promise((resolve) => {
        done = resolve;
        end += records;
        if (waits) give();
      }),
    end: () => source.push(null),
  };
}

const anew = process.argv[2] === 'anew';
const only = anew ? undefined : startFlow();

async function flow(records) {
  const one = only ?? startFlow();
  await one.run(records);
  if (anew) one.end();
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
