import { drive } from './linear.mjs';
import { later } from './random.mjs';
import { openTruth } from './truth.mjs';

/** Records that are handed over, one inside the other, before the first of them ends. */
const TOLERANCE = 100;

/**
 * Operators that are defined in code, in layers: each hands its records to one, some or all of the next layer, or drops them, and
 * ends them in their order or in any. Some go back to an operator before.
 */
export async function runExplicit(harness, random, result) {
  const truth = openTruth(harness, result, TOLERANCE);
  const layers = Array.from({ length: 2 + random.below(3) }, () => 1 + random.below(3));
  let open = 0;
  const made = layers.map((width, layer) =>
    Array.from({ length: width }, () => makeOperator(harness, random, truth, layer)),
  );
  for (const [layer, operators] of made.entries()) {
    for (const operator of operators) operator.targets = made[layer + 1] ?? [];
    for (const operator of operators) for (const target of operator.targets) operator.handle.feeds(target.handle);
  }
  const [first] = made;
  for (const operator of first) operator.source = truth.source(operator.handler, () => operator.came);
  if (made.length > 2 && random.chance(0.3)) {
    const [last, entry] = [made.at(-1)[0], made[1][0]];
    last.handle.feeds(entry.handle);
    last.back = entry;
  }

  const give = (operator, record) => {
    open++;
    if (random.chance(0.05)) harness.pulse();
    operator.take(record, () => {
      if (random.chance(0.05)) harness.pulse();
      if (operator.back !== undefined && record.rounds < 2 && random.chance(0.3))
        give(operator.back, { ...record, rounds: record.rounds + 1 });
      const manner = random.below(4);
      for (const target of operator.targets) if (manner === 3 || random.chance(manner / 2)) give(target, record);
      open--;
    });
  };
  const total = 200;
  let given = 0;
  await drive(harness, random, (done) => {
    const turn = () => {
      for (let burst = random.below(6); burst > 0 && given < total; burst--) {
        given++;
        const operator = first[random.below(first.length)];
        give(operator, { origin: operator.came++, source: operator.source, rounds: 0 });
      }
      if (given >= total && open === 0) done();
      else later(random, random.chance(0.4) ? () => setImmediate(turn) : turn);
    };
    turn();
  });
  for (const operator of made.flat()) operator.handle.close();
  harness.beat();
}

function makeOperator(harness, random, truth, layer) {
  const { watchOperator, watchCountedOperator } = harness.agent;
  const handler = () => {};
  const stage = truth.stage(handler);
  const definition = { name: `layer ${layer}`, kind: 'transform', handler, pending: undefined, location: undefined };
  const finish = ({ origin, source, rounds }) => {
    // What goes round is behind every marker already.
    if (rounds === 0) stage.complete(origin, source);
  };
  const operator = { handler, came: 0, targets: [], back: undefined, source: undefined };
  if (random.chance(0.5)) {
    const handle = watchOperator(harness.graph, definition);
    const take = (record, handOver) => {
      const held = handle.receive(record.origin);
      later(random, () => {
        handOver();
        finish(record);
        held.end(random.chance(0.05) ? new Error('failed') : undefined);
      });
    };
    return Object.assign(operator, { handle, take });
  }
  const handle = watchCountedOperator(harness.graph, definition);
  const queue = [];
  let busy = false;
  const take = (record, handOver) => {
    queue.push({ record, handOver });
    handle.receive();
    const work = () => {
      // A record that goes round comes while another one is being handed over: its turn is later.
      if (busy) {
        queueMicrotask(work);
        return;
      }
      busy = true;
      // It ends the oldest of its records, several at once.
      const count = 1 + random.below(Math.min(3, queue.length));
      const ended = queue.splice(0, count);
      for (const each of ended) each.handOver();
      for (const each of ended) finish(each.record);
      busy = false;
      if (ended.length > 0) handle.finish(ended.length);
    };
    later(random, work);
  };
  return Object.assign(operator, { handle, take });
}
