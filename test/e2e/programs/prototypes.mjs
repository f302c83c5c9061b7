// Compares what programs share, such as prototypes, with what it was at the start, whenever a line comes in on standard input;
// a stream flows meanwhile. Prints what differs. Knows nothing of streamgauge. Ends with code 3 when standard input closes.
import { EventEmitter } from 'node:events';
import readline from 'node:readline';
import stream, { Duplex, PassThrough, pipeline, Readable, Transform, Writable } from 'node:stream';
import promises from 'node:stream/promises';
// The runtime wraps process.chdir when this is loaded for the first time, which the agent does.
import 'node:worker_threads';

const web = ['ReadableStream', 'WritableStream', 'TransformStream', 'AbortSignal', 'EventTarget'];
const generator = Object.getPrototypeOf(async function* () {});
const objects = {
  ...{ stream, promises, readline, EventEmitter, Readable, globalThis, process },
  ...Object.fromEntries([Duplex, PassThrough, Readable, Transform, Writable].map((one) => [one.name, one.prototype])),
  ...Object.fromEntries(web.map((name) => [name, globalThis[name].prototype])),
  ...{ emitter: EventEmitter.prototype, interface: readline.Interface.prototype, Promise: Promise.prototype },
  ...{ generator, generatorPrototype: generator.prototype, Array: Array.prototype, Function: Function.prototype },
};
// Some properties of the runtime are made when they are looked at for the first time.
for (const object of Object.values(objects)) describe(object);
const shared = Object.entries(objects).map(([name, object]) => ({ name, object, before: describe(object) }));
const named = pipeline;
const ticks = new Readable({ objectMode: true, read: () => setTimeout(() => ticks.push({}), 5) });
const pass = new Transform({ objectMode: true, transform: (record, _encoding, done) => done(null, record) });
const sink = new Writable({ objectMode: true, write: (_record, _encoding, done) => setImmediate(done) });
ticks.pipe(pass).pipe(sink);
const slots = ['_read', '_write', '_writev', '_transform', '_flush', '_final', 'read', 'write', 'push', 'emit', 'pipe'];
const methods = () => [ticks, pass, sink].flatMap((one) => slots.map((slot) => one[slot]));
const methodsBefore = methods();
const completions = () => [pass, sink].map((one) => one._writableState.onwrite);
const completionsBefore = completions();

function describe(object) {
  return new Map(
    Reflect.ownKeys(object).flatMap((key) => {
      const { value, get, set, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(object, key);
      // Counters and the like of the process may change; functions may not.
      const kept = typeof value === 'function' ? value : typeof value;
      return [[key, [kept, get, set, writable, enumerable, configurable]]];
    }),
  );
}

function differences() {
  const found = [];
  for (const { name, object, before } of shared) {
    const now = describe(object);
    for (const key of new Set([...before.keys(), ...now.keys()])) {
      const [old, young] = [before.get(key) ?? [], now.get(key) ?? []];
      if (old.length !== young.length || old.some((part, index) => part !== young[index])) {
        found.push(`${name}.${String(key)}`);
      }
    }
  }
  if (pipeline !== named) found.push('the imported pipeline');
  if (methods().some((one, index) => one !== methodsBefore[index])) found.push('methods');
  if (completions().some((one, index) => one !== completionsBefore[index])) found.push('completions');
  return found;
}

// The listeners that standard input itself needs are there from now on.
const lines = readline.createInterface({ input: process.stdin });
let checks = 0;
lines.on('line', () => console.log(`check ${++checks}: ${differences().join(', ') || 'as at the start'}`));
lines.on('close', () => process.exit(3));
console.log('ready');
