// As much of a broker of AMQP 0-9-1 as amqplib needs: queues by name, prefetch, acknowledgements, and a consumer that is cancelled.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';

// The tables of the protocol, which the client does not export.
const require = createRequire(import.meta.url);
const library = dirname(require.resolve('amqplib'));
const defs = require(join(library, 'lib', 'defs.js'));
const { decodeFrame, makeBodyFrame, parseFrame } = require(join(library, 'lib', 'frame.js'));

const HEADER_BYTES = 8;

export async function startAmqp() {
  const queues = new Map();
  const queueOf = (name) => {
    if (!queues.has(name)) queues.set(name, { messages: [], consumers: [] });
    return queues.get(name);
  };
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    new Connection(socket, queueOf);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `amqp://127.0.0.1:${server.address().port}`,
    /** Every connection is lost with what it was told of, and new ones are taken at once. */
    restart() {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
      queues.clear();
    },
    /** The queue goes, and with it whoever consumes from it: the broker tells them, and the connections stay. */
    deleteQueue(name) {
      const { consumers } = queueOf(name);
      queues.delete(name);
      for (const { channel, tag } of consumers) channel.send(defs.BasicCancel, { consumerTag: tag, nowait: true });
    },
  };
}

class Connection {
  #rest = Buffer.alloc(0);
  #greeted = false;
  #channels = new Map();

  constructor(socket, queueOf) {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      this.#rest = Buffer.concat([this.#rest, bytes]);
      if (!this.#greeted && this.#rest.length >= HEADER_BYTES) {
        this.#greeted = true;
        this.#rest = this.#rest.subarray(HEADER_BYTES);
        this.#channelOf(0, socket, queueOf).send(defs.ConnectionStart, {
          serverProperties: {},
          mechanisms: Buffer.from('PLAIN'),
          locales: Buffer.from('en_US'),
        });
      }
      for (let frame = parseFrame(this.#rest, 0); frame; frame = parseFrame(this.#rest, 0)) {
        this.#rest = frame.rest;
        const told = decodeFrame(frame);
        this.#channelOf(told.channel, socket, queueOf).take(told);
      }
    });
  }

  #channelOf(number, socket, queueOf) {
    if (!this.#channels.has(number)) this.#channels.set(number, new Channel(number, socket, queueOf));
    return this.#channels.get(number);
  }
}

class Channel {
  #number;
  #socket;
  #queueOf;
  #prefetch = Number.POSITIVE_INFINITY;
  #unacknowledged = new Map();
  #consuming = new Map();
  #nextTag = 1;
  #published = 0;
  #confirms = false;
  #publishing;

  constructor(number, socket, queueOf) {
    this.#number = number;
    this.#socket = socket;
    this.#queueOf = queueOf;
  }

  send(method, fields) {
    this.#socket.write(defs.encodeMethod(method, this.#number, fields));
  }

  take({ id, fields, content, size }) {
    if (content !== undefined) this.#body(content);
    else if (size === 0) this.#body(Buffer.alloc(0));
    else if (id !== undefined && size === undefined) this.#method(id, fields);
  }

  #method(id, fields) {
    if (id === defs.ConnectionStartOk)
      this.send(defs.ConnectionTune, { channelMax: 100, frameMax: 131072, heartbeat: 0 });
    else if (id === defs.ConnectionOpen) this.send(defs.ConnectionOpenOk, { knownHosts: '' });
    else if (id === defs.ConnectionClose) this.send(defs.ConnectionCloseOk, {});
    else if (id === defs.ChannelOpen) this.send(defs.ChannelOpenOk, { channelId: Buffer.alloc(0) });
    else if (id === defs.ChannelClose) this.send(defs.ChannelCloseOk, {});
    else if (id === defs.ConfirmSelect) {
      this.#confirms = true;
      this.send(defs.ConfirmSelectOk, {});
    } else if (id === defs.QueueDeclare) {
      this.#queueOf(fields.queue);
      this.send(defs.QueueDeclareOk, { queue: fields.queue, messageCount: 0, consumerCount: 0 });
    } else if (id === defs.BasicQos) {
      this.#prefetch = fields.prefetchCount || Number.POSITIVE_INFINITY;
      this.send(defs.BasicQosOk, {});
    } else if (id === defs.BasicConsume) this.#consume(fields);
    else if (id === defs.BasicCancel) this.#cancel(fields);
    else if (id === defs.BasicPublish) this.#publishing = this.#queueOf(fields.routingKey);
    else if (id === defs.BasicAck || id === defs.BasicNack || id === defs.BasicReject)
      this.#acknowledged(fields.deliveryTag, fields.multiple === true);
  }

  #consume({ queue, consumerTag }) {
    const tag = consumerTag || `consumer-${this.#number}`;
    const wanted = this.#queueOf(queue);
    wanted.consumers.push({ channel: this, tag });
    this.#consuming.set(wanted, tag);
    this.send(defs.BasicConsumeOk, { consumerTag: tag });
    deliver(wanted);
  }

  #cancel({ consumerTag }) {
    for (const [queue, tag] of this.#consuming) {
      if (tag !== consumerTag) continue;
      queue.consumers = queue.consumers.filter(({ channel }) => channel !== this);
      this.#consuming.delete(queue);
    }
    this.send(defs.BasicCancelOk, { consumerTag });
  }

  #body(content) {
    this.#publishing.messages.push(content);
    if (this.#confirms) this.send(defs.BasicAck, { deliveryTag: ++this.#published, multiple: false });
    deliver(this.#publishing);
  }

  #acknowledged(deliveryTag, multiple) {
    // Tag 0 stands for all.
    const tags = multiple
      ? [...this.#unacknowledged.keys()].filter((tag) => deliveryTag === 0 || tag <= deliveryTag)
      : [deliveryTag];
    if (!multiple && !this.#unacknowledged.has(deliveryTag)) {
      this.#close(`PRECONDITION_FAILED - unknown delivery tag ${deliveryTag}`);
      return;
    }
    const queues = new Set(tags.map((tag) => this.#unacknowledged.get(tag)));
    for (const tag of tags) this.#unacknowledged.delete(tag);
    for (const queue of queues) deliver(queue);
  }

  #close(replyText) {
    for (const queue of this.#consuming.keys()) {
      queue.consumers = queue.consumers.filter(({ channel }) => channel !== this);
    }
    this.send(defs.ChannelClose, { replyCode: 406, replyText, classId: 60, methodId: 80 });
  }

  hasRoom() {
    return this.#unacknowledged.size < this.#prefetch;
  }

  deliver(queue, tag, content) {
    const deliveryTag = this.#nextTag++;
    this.#unacknowledged.set(deliveryTag, queue);
    this.send(defs.BasicDeliver, { consumerTag: tag, deliveryTag, redelivered: false, exchange: '', routingKey: '' });
    this.#socket.write(defs.encodeProperties(defs.BasicProperties, this.#number, content.length, {}));
    if (content.length > 0) this.#socket.write(makeBodyFrame(this.#number, content));
  }
}

function deliver(queue) {
  for (const { channel, tag } of queue.consumers) {
    while (queue.messages.length > 0 && channel.hasRoom()) channel.deliver(queue, tag, queue.messages.shift());
  }
}
