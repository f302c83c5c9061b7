// Prints how many invoices it has. SIGUSR2: pauses, and goes on when it comes again.
import { kafka } from './client.mjs';

const consumer = kafka.consumer({
  groupId: 'archive',
  maxWaitTimeInMs: 100,
  heartbeatInterval: 500,
  sessionTimeout: 3000,
});
let kept = 0;
let paused = false;
process.on('SIGUSR2', () => {
  paused = !paused;
  if (paused) consumer.pause([{ topic: 'invoices' }]);
  else consumer.resume([{ topic: 'invoices' }]);
});
await consumer.connect();
await consumer.subscribe({ topic: 'invoices', fromBeginning: true });
await consumer.run({
  eachMessage: async function keepInvoice() {
    kept++;
    if (kept % 100 === 0) console.log(`kept ${kept}`);
  },
});
