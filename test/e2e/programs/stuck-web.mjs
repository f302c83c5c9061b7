// Web Streams of four operators whose third waits for ever at record 20. Knows nothing of streamgauge. Ends when it is killed.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const silent = createServer(() => undefined).listen(0, '127.0.0.1');
await once(silent, 'listening');

async function lookUp() {
  const socket = connect(silent.address().port, '127.0.0.1');
  await once(socket, 'data'); // the awaiting line
}

let index = 0;
const numbers = new ReadableStream({
  pull: async function numbers(controller) {
    await sleep(5);
    controller.enqueue({ index: index++ });
  },
});
const double = new TransformStream({
  transform: function double(record, controller) {
    controller.enqueue(record);
  },
});
const enrich = new TransformStream({
  transform: async function enrich(record, controller) {
    if (record.index === 20) await lookUp();
    controller.enqueue(record);
  },
});
const store = new WritableStream({ write: function store() {} });

await numbers.pipeThrough(double).pipeThrough(enrich).pipeTo(store);
