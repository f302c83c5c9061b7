// Prints how many invoices it has. SIGUSR2: pauses.
import { kafka } from './client.mjs';

const consumer = kafka.consumer({ groupId: 'archive', maxWaitTimeInMs: 100 });
let kept = 0;
process.on('SIGUSR2', () => {
  consumer.pause([{ topic: 'invoices' }]);
  console.log('paused');
});
await consumer.connect();
await consumer.subscribe({ topic: 'invoices', fromBeginning: true });
await consumer.run({
  eachMessage: async function keepInvoice() {
    kept++;
    if (kept % 100 === 0) console.log(`kept ${kept}`);
  },
});
