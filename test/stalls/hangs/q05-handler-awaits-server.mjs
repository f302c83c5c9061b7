// eachMessage asks a server for the price, without a timeout; one day the server takes requests and answers none.
import { request } from 'undici';
import { broker, consume, kafka, sendOrders } from '../support/kafka.mjs';
import { FAULTY, fault } from '../support/orders.mjs';
import { startHttp } from '../support/servers.mjs';

await broker.createTopic('orders', 2);
const prices = await startHttp();
const invoices = kafka.producer();
await invoices.connect();

async function priceOf(id) {
  const { body } = await request(`${prices.url}?order=${id}`, { headersTimeout: 0, bodyTimeout: 0 }); // no answer
  return body.json();
}

await consume({
  eachMessage: async function bill({ message }) {
    const { id } = JSON.parse(message.value);
    if (id === FAULTY) {
      prices.silence();
      fault();
    }
    const { price } = await priceOf(id);
    await invoices.send({ topic: 'invoices', messages: [{ value: JSON.stringify({ id, price }) }] });
  },
});
await sendOrders();
