import { drive } from './linear.mjs';
import { later } from './random.mjs';
import { openTruth } from './truth.mjs';

/**
 * Ports that are moved to and fro, with entry ids of two numbers and with what is none, against the highest of what they were told;
 * their slots go from one to the next.
 */
export async function runPorts(harness, random, result) {
  const { agent, board, graph } = harness;
  const owner = graph.add(
    { name: 'ports', kind: 'function', unit: 'records', location: undefined },
    (identity) => new agent.RecordOperator(identity, graph),
  );
  const open = () => {
    const channel = { system: 'test', name: 'channel', partition: String(random.below(5)) };
    const port = graph.ports.open(owner, random.chance(0.5) ? 'in' : 'out', channel);
    return { port, at: [-1, -1], head: [-1, -1], messages: 0, unpositioned: 0 };
  };
  const ports = Array.from({ length: 1 + random.below(5) }, open);
  for (let step = 0; step < 2000; step++) {
    const index = random.below(ports.length);
    const one = ports[index];
    const count = 1 + random.below(3);
    const place = [1000 + random.below(50) + (step >> 3), random.chance(0.5) ? 0 : random.below(4)];
    const position = { major: place[0], minor: place[1] };
    const choice = random.below(20);
    if (choice === 0) {
      one.port.close();
      if (agent.lookAtPort(board, one.port) !== undefined) result.wrong++;
      ports[index] = open();
    } else if (choice < 3) {
      const nothing = [undefined, { major: -1, minor: 0 }, { major: Number.NaN, minor: 0 }, { major: 1.5, minor: 0 }];
      one.port.move(nothing[random.below(nothing.length)], count);
      one.messages += count;
      one.unpositioned += count;
    } else if (choice < 7) {
      one.port.seeHead(position);
      if (isAfter(place, one.head)) one.head = place;
    } else {
      one.port.move(position, count);
      one.messages += count;
      if (isAfter(place, one.at)) one.at = place;
    }
    for (const { port, at, head, messages, unpositioned } of ports) {
      result.checks++;
      const look = agent.lookAtPort(board, port);
      const expected = { messages, unpositioned, major: at[0], minor: at[1], headMajor: head[0], headMinor: head[1] };
      if (isAfter([look.major, look.minor], at)) result.early++;
      if (Object.entries(expected).some(([key, value]) => look[key] !== value)) result.wrong++;
    }
  }
  graph.release(owner, true);
}

function isAfter(place, before) {
  return place[0] > before[0] || (place[0] === before[0] && place[1] > before[1]);
}

/** A marker waits for whatever has overtaken it before the leg, which may be every message that is under way. */
const TOLERANCE = 200;
let runs = 0;

/**
 * A consumer in four legs, as of Redis, NATS and others: messages of several partitions wait, are handled together or one by one, are
 * dropped, given up, committed, or refused and committed later.
 */
export async function runLegs(harness, random, result) {
  const truth = openTruth(harness, result, TOLERANCE);
  const name = `legs${runs++}`;
  let taken = 0;
  truth.source(`${name} fetch`, () => taken);
  const [deliver, handle, commit] = ['deliver', 'handle', 'commit'].map((leg) => truth.stage(`${name} ${leg}`));
  const legs = harness.agent.ConsumerLegs.open(harness.graph, { name, location: undefined });
  const total = 200;
  const waiting = [];
  const inHand = [];
  const toCommit = [];
  const refused = [];
  const some = (list) => list.splice(random.below(Math.max(1, list.length - 3)), 1 + random.below(4));
  const keysOf = (messages) => messages.map(({ key }) => key);

  const step = () => {
    const choice = random.below(6);
    if (choice === 0 && taken < total) {
      const partition = String(random.below(3));
      const messages = Array.from({ length: 1 + random.below(6) }, () => {
        const origin = taken++;
        return { origin, key: `${partition}@${origin}`, position: { major: origin, minor: 0 } };
      });
      waiting.push(...messages);
      legs.fetched({ system: 'test', name, partition }, messages);
    } else if (choice === 1 && waiting.length > 0) {
      const messages = some(waiting);
      for (const { origin } of messages) deliver.complete(origin);
      if (random.chance(0.1)) for (const { key } of messages) legs.given(key);
      else {
        inHand.push(...messages);
        legs.delivered(messages);
      }
    } else if (choice === 2 && inHand.length > 0) {
      const messages = some(inHand);
      for (const { origin } of messages) handle.complete(origin);
      if (random.chance(0.1)) legs.dropped(keysOf(messages));
      else toCommit.push({ messages, commits: legs.handled(keysOf(messages)) });
    } else if (choice === 3 && toCommit.length > 0) {
      const [one] = toCommit.splice(random.below(toCommit.length), 1);
      if (random.chance(0.2)) {
        refused.push(one);
        legs.refused(one.commits, 'refused');
      } else {
        for (const { messages } of [...refused.splice(0), one])
          for (const { origin } of messages) commit.complete(origin);
        legs.committed(one.commits);
      }
    } else if (choice > 3) harness.pulse();
  };
  await drive(harness, random, (done) => {
    const turn = () => {
      for (let burst = random.below(8); burst > 0; burst--) step();
      if (taken >= total && waiting.length + inHand.length + toCommit.length === 0) done();
      else later(random, random.chance(0.5) ? () => setImmediate(turn) : turn);
    };
    turn();
  });
  legs.end();
  harness.beat();
}
