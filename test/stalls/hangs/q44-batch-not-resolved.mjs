// A batch with an order that is not valid is left as it is, without a word to the client: the client fetches the same batch again, for ever.
import { broker, consume, sendOrders } from '../support/kafka.mjs';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

await broker.createTopic('orders', 1);
let told = false;

await consume({
  eachBatchAutoResolve: false,
  eachBatch: async function bill({ batch, resolveOffset, heartbeat }) {
    for (const { offset, value } of batch.messages) {
      if (JSON.parse(value).id === FAULTY) {
        if (!told) fault();
        told = true;
        return; // resolves nothing from here on
      }
      resolveOffset(offset);
      await heartbeat();
    }
  },
});
stayAlive();
await sendOrders({ partitions: 1 });
