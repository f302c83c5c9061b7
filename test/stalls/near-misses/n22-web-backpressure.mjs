// The same as a slow sink, with Web Streams.
import { stayAlive, watch } from '../support/orders.mjs';

let next = 0;
const source = new ReadableStream({
  pull(controller) {
    controller.enqueue({ id: next++ });
  },
});
const price = new TransformStream({
  transform(order, controller) {
    controller.enqueue({ ...order, price: 1 });
  },
});

stayAlive();
watch();
await source.pipeThrough(price).pipeTo(
  new WritableStream({
    write: function ledger() {
      return new Promise((resolve) => setTimeout(resolve, 400));
    },
  }),
);
