import { drive } from './linear.mjs';
import { later } from './random.mjs';
import { openTruth } from './truth.mjs';

/** Messages of other partitions that are delivered, handled and committed while one of this partition is not. */
const TOLERANCE = 200;
const TOPIC = 'orders';

let runs = 0;

/**
 * A consumer as kafkajs tells of it, played step by step: several partitions at once, messages or batches, offsets with gaps, handlers
 * that fail and get their messages again, commits that are refused, partitions that are taken away and come back; and a producer
 * that the handlers send with, now or after an await, waiting for the answer or not.
 */
export async function runKafka(harness, random, result) {
  const group = `group${runs++}`;
  const truth = openTruth(harness, result, TOLERANCE);
  let taken = 0;
  truth.source(`${group} fetch`, () => taken);
  const legs = {
    deliver: once(truth.stage(`${group} deliver`)),
    handle: once(truth.stage(`${group} handle`)),
    commit: once(truth.stage(`${group} commit`)),
  };
  const produced = truth.stage(`${group} out produce`);
  const consumer = playedConsumer();
  harness.agent.watchKafkajsConsumer(harness.graph, consumer, { groupId: group });
  const producer = playedProducer(random);
  const sends = random.chance(0.5);
  if (sends) harness.agent.watchKafkajsProducer(harness.graph, producer);
  const later_ = () => new Promise((resolve) => later(random, resolve));

  const work = async (origin) => {
    if (random.chance(0.4)) harness.pulse();
    const sent = [];
    const send = () => {
      // A message that was handled and comes again is behind every marker already.
      const done = legs.handle.seen.has(origin) ? () => {} : () => produced.complete(origin);
      const answer = producer.send({ topic: `${group} out`, messages: [{ origin }], done });
      sent.push(answer.catch(() => {}));
    };
    if (sends) send();
    if (random.chance(0.6)) await later_();
    if (sends && random.chance(0.3)) send();
    if (random.chance(0.5)) await Promise.all(sent);
    if (random.chance(0.05)) throw new Error('a handler has failed');
  };
  const inBatches = random.chance(0.4);
  const config = inBatches
    ? {
        eachBatchAutoResolve: random.chance(0.7),
        async eachBatch({ batch, resolveOffset }) {
          for (const { origin, offset } of batch.messages) {
            await work(origin);
            if (random.chance(0.3)) continue;
            for (const message of batch.messages)
              if (Number(message.offset) <= Number(offset)) legs.handle(message.origin);
            resolveOffset(offset);
          }
          if (config.eachBatchAutoResolve) for (const { origin } of batch.messages) legs.handle(origin);
        },
      }
    : {
        async eachMessage({ message }) {
          await work(message.origin);
          legs.handle(message.origin);
        },
      };
  await consumer.run(config);

  const partitions = Array.from({ length: 1 + random.below(4) }, (_none, partition) => {
    let offset = 0;
    const messages = Array.from({ length: 20 + random.below(40) }, () => {
      offset += random.chance(0.8) ? 1 : 1 + random.below(5);
      return { offset: String(offset), origin: undefined };
    });
    return { partition, messages, next: 0, committed: 0 };
  });
  const { emit } = consumer;
  const counted = () => consumer.config;

  /** Fetches and works on one batch; gives false when there is nothing left. */
  const step = async (at) => {
    if (random.chance(0.4)) harness.pulse();
    const batch = at.messages.slice(at.next, at.next + 1 + random.below(8));
    if (batch.length === 0) return;
    emit('FETCH_START', { nodeId: at.partition });
    for (const message of batch) message.origin ??= taken++;
    emit('FETCH', { nodeId: at.partition });
    const lastOffset = batch.at(-1).offset;
    emit('START_BATCH_PROCESS', {
      topic: TOPIC,
      partition: at.partition,
      batchSize: batch.length,
      lastOffset,
      highWatermark: String(Number(at.messages.at(-1).offset) + 1),
    });
    try {
      if (inBatches) await giveBatch(at, batch);
      else await giveMessages(at, batch);
    } catch {
      // Fetched again from where it stopped.
    }
    emit('END_BATCH_PROCESS', {});
    if (random.chance(0.5)) await commit(at);
  };
  const giveMessages = async (at, batch) => {
    for (const message of batch) {
      legs.deliver(message.origin);
      await counted().eachMessage({ topic: TOPIC, partition: at.partition, message });
      at.next++;
      if (random.chance(0.2)) await commit(at);
    }
  };
  const giveBatch = async (at, batch) => {
    for (const { origin } of batch) legs.deliver(origin);
    const begun = at.next;
    const resolve = (offset) => {
      while (at.messages[at.next] !== undefined && Number(at.messages[at.next].offset) <= Number(offset)) at.next++;
    };
    await counted().eachBatch({
      batch: { topic: TOPIC, partition: at.partition, messages: batch, lastOffset: () => batch.at(-1).offset },
      resolveOffset: resolve,
    });
    if (config.eachBatchAutoResolve) at.next = begun + batch.length;
  };
  const commit = async (at) => {
    await later_();
    emit('REQUEST', { apiName: 'OffsetCommit' });
    if (random.chance(0.2)) return;
    for (const { origin } of at.messages.slice(0, at.next)) if (origin !== undefined) legs.commit(origin);
    at.committed = at.next;
    const offset = at.next === 0 ? '0' : String(Number(at.messages[at.next - 1].offset) + 1);
    emit('COMMIT_OFFSETS', { topics: [{ topic: TOPIC, partitions: [{ partition: at.partition, offset }] }] });
  };
  /** Nobody works meanwhile. All go on with what was committed; what is another's now and comes back is new. */
  const join = (mine) => {
    emit('REBALANCING', {});
    for (const at of partitions) {
      at.next = at.committed;
      if (!mine.includes(at)) for (const message of at.messages.slice(at.next)) message.origin = undefined;
    }
    emit('GROUP_JOIN', { memberAssignment: { [TOPIC]: mine.map(({ partition }) => partition) } });
  };

  await drive(harness, random, async (done) => {
    join(partitions);
    for (let rounds = 4 + random.below(4); rounds > 0; rounds--) {
      const mine = partitions.filter(() => random.chance(0.8));
      if (random.chance(0.2)) join(mine);
      else mine.splice(0, mine.length, ...partitions.filter(({ partition }) => consumer.assigned.includes(partition)));
      await Promise.all(
        mine.map(async (at) => {
          for (let batches = random.below(4); batches > 0; batches--) await step(at);
        }),
      );
    }
    done();
  });
  await consumer.disconnect();
  await producer.disconnect();
  harness.beat();
}

/** A message that comes again was done with before. */
function once(stage) {
  const seen = new Set();
  const complete = (origin) => {
    if (seen.has(origin)) return;
    seen.add(origin);
    stage.complete(origin);
  };
  return Object.assign(complete, { seen });
}

const EVENTS = [
  ...['GROUP_JOIN', 'REBALANCING', 'FETCH_START', 'FETCH', 'REQUEST', 'REQUEST_TIMEOUT', 'START_BATCH_PROCESS'],
  ...['END_BATCH_PROCESS', 'COMMIT_OFFSETS', 'CRASH', 'HEARTBEAT'],
];

/** An object of closures, as the library makes one. */
function playedConsumer() {
  const listeners = new Map(EVENTS.map((name) => [name, new Set()]));
  const consumer = {
    events: Object.fromEntries(EVENTS.map((name) => [name, name])),
    config: undefined,
    assigned: [],
    on(name, listener) {
      listeners.get(name).add(listener);
      return () => listeners.get(name).delete(listener);
    },
    emit(name, payload) {
      if (name === 'GROUP_JOIN') consumer.assigned = Object.values(payload.memberAssignment)[0];
      for (const listener of [...listeners.get(name)]) listener({ payload });
    },
    async run(config) {
      consumer.config = config;
    },
    async stop() {},
    async disconnect() {},
    async commitOffsets() {},
    pause() {},
    resume() {},
    paused: () => [],
  };
  return consumer;
}

function playedProducer(random) {
  let offset = 0;
  const send = ({ topic, done }) =>
    new Promise((resolve, reject) => {
      later(random, () => {
        done();
        if (random.chance(0.1)) reject(new Error('not stored'));
        else resolve([{ topicName: topic, partition: 0, errorCode: 0, baseOffset: String(offset++) }]);
      });
    });
  return { events: {}, on: () => () => {}, send, sendBatch: send, async disconnect() {} };
}
