// Makes an invoice of every order. SIGUSR2: the handler hangs from the next order on; SIGWINCH: no more.
import { once } from 'node:events';
import { kafka } from './client.mjs';

const producer = kafka.producer();
const consumer = kafka.consumer({
  groupId: 'billing',
  maxWaitTimeInMs: 100,
  heartbeatInterval: 500,
  sessionTimeout: 3000,
});
let hangs = false;
// Something that is alive and does not answer: what nobody holds would be collected, with all that waits for it.
const answer = once(process, 'SIGWINCH');
process.on('SIGUSR2', () => {
  hangs = true;
});
process.on('SIGWINCH', () => {
  hangs = false;
});
await producer.connect();
await consumer.connect();
await consumer.subscribe({ topic: 'orders', fromBeginning: true });
await consumer.run({
  eachMessage: async function makeInvoice({ message, partition }) {
    if (hangs) await answer; // the hanging line
    await producer.send({ topic: 'invoices', messages: [{ value: message.value, partition }] });
  },
});
