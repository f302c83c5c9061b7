/**
 * The dataflow that the overhead benchmark measures: a source, three transforms, a sink, objects.
 *
 * usage: node overhead-program.mjs <records> <loops of work per record> [first|otel-span]
 * Measured is a flow of a process that has seen others; with "first", the very first one.
 * Prints the processor time of the whole process, all threads, in nanoseconds per record.
 */
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const records = Number(process.argv[2]);
const loops = Number(process.argv[3]);
const around = process.argv[4] === 'otel-span' ? await spanPerCall() : (_stage, task) => task();

/** Work that the compiler cannot take away. */
let result = 1;
function work() {
  let value = result;
  for (let loop = 0; loop < loops; loop++) value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d) + loop;
  result = value;
}

function stage(name, task) {
  if (process.argv[4] !== 'otel-span') {
    return new Transform({
      objectMode: true,
      transform(record, _encoding, done) {
        task();
        done(null, record);
      },
    });
  }
  return new Transform({
    objectMode: true,
    transform(record, _encoding, done) {
      around(name, task);
      done(null, record);
    },
  });
}

async function spanPerCall() {
  const { TracerProvider, BatchSpanProcessor } = await import('@opentelemetry/sdk-trace');
  const exporter = {
    export: (_spans, done) => done({ code: 0 }),
    shutdown: async () => {},
    forceFlush: async () => {},
  };
  const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
  const tracer = provider.getTracer('overhead');
  return (name, task) => {
    const span = tracer.startSpan(name);
    task();
    span.end();
  };
}

async function flow(length) {
  let next = 0;
  const source = new Readable({
    objectMode: true,
    read() {
      this.push(next < length ? { id: next++ } : null);
    },
  });
  const sink = new Writable({
    objectMode: true,
    write(_record, _encoding, done) {
      if (process.argv[4] === 'otel-span') around('sink', () => {});
      done();
    },
  });
  await pipeline(
    source,
    stage('first', () => {}),
    stage('second', loops > 0 ? work : () => {}),
    stage('third', () => {}),
    sink,
  );
}

// Start-up is not what is measured here: an attached agent has its thread running by then.
await sleep(1000);
// Until V8 has seen a few flows end and begin, what it makes of them hangs on chance: see docs/benchmarks.md.
for (let warmUp = 0; warmUp < (process.argv[4] === 'first' ? 0 : 3); warmUp++) {
  await flow(Math.ceil(records / 50));
  await sleep(100);
}
const before = process.cpuUsage();
await flow(records);
const { user, system } = process.cpuUsage(before);
console.log(((user + system) * 1000) / records);
// An agent that looks for its monitor must not count, and neither must a tracer's last batch.
process.exit(result === 0 ? 1 : 0);
