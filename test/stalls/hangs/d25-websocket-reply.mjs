// Questions and replies over a WebSocket, held together by their ids; the server stops to reply.
import { once } from 'node:events';
import { WebSocket, WebSocketServer } from 'ws';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
server.on('connection', (socket) => {
  socket.on('message', (text) => {
    const { id, question } = JSON.parse(text);
    if (question < FAULTY) socket.send(JSON.stringify({ id, reply: question * 2 }));
  });
});
await once(server, 'listening');

class Client {
  #socket = new WebSocket(`ws://127.0.0.1:${server.address().port}`);
  #waiting = new Map();
  #next = 0;

  async open() {
    await once(this.#socket, 'open');
    this.#socket.on('message', (text) => {
      const { id, reply } = JSON.parse(text);
      this.#waiting.get(id)(reply);
      this.#waiting.delete(id);
    });
  }

  ask(question) {
    const id = this.#next++;
    this.#socket.send(JSON.stringify({ id, question }));
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }
}

const client = new Client();
await client.open();

async function quote(order) {
  if (order.id === FAULTY) fault();
  const price = await client.ask(order.id); // no reply
  return { ...order, price };
}

await everyday();
new Orders().map(quote, { concurrency: 2 }).pipe(new Store());
