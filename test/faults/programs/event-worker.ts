// A worker that has nothing to do but to tell events, over the agent's own link and outbox. Every event carries an id that no other
// one has; a journal on standard output says which were made, which were dropped, and which are acknowledged.
//
// usage: node event-worker.ts URL WORKER SESSION
import { create, EvidenceSchema, HelloSchema, LIMITS, Topic } from '@streamgauge/proto';
import { createLink } from '../../../agent/src/link/link.ts';
import { createOutbox } from '../../../agent/src/link/outbox.ts';
import { createLog } from '../../../agent/src/log.ts';

const [url = '', worker = '', session = ''] = process.argv.slice(2);
const TICK_MS = 20;
const EVENTS_PER_TICK = 2;

const outbox = createOutbox();
const ids = new Map<bigint, string>();
const log = createLog({ level: 'off', nowMs: () => performance.now() });
const link = createLink({
  url: `${url}/v1/worker`,
  credentials: () => ({}),
  hello: () => create(HelloSchema, { protocolVersion: 1, worker, job: 'faults', session, heartbeatPeriodMillis: 2000 }),
  outbox: {
    ...outbox,
    get dropped() {
      return outbox.dropped;
    },
    get size() {
      return outbox.size;
    },
    get bytes() {
      return outbox.bytes;
    },
    acknowledge(topic, number) {
      for (const [told, id] of ids) {
        if (told > number) continue;
        console.log(`acknowledged ${id}`);
        ids.delete(told);
      }
      outbox.acknowledge(topic, number);
    },
  },
  log,
  random: Math.random,
  onWelcome: () => {},
  onSampleRequest: () => {},
  onStatusRequest: () => {},
});

let made = 0;
setInterval(() => {
  link.tick(performance.now());
  for (let index = 0; index < EVENTS_PER_TICK && outbox.size < 900; index++) {
    const requestId = `${session}-${++made}`.slice(0, LIMITS.NAME_CHARACTERS);
    // Before it can be acknowledged.
    console.log(`made ${requestId}`);
    ids.set(BigInt(made), requestId);
    link.sendEvent(Topic.EVIDENCE, Date.now(), { case: 'evidence', value: create(EvidenceSchema, { requestId }) });
  }
}, TICK_MS);
