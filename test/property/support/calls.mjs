import { drive } from './linear.mjs';
import { later } from './random.mjs';
import { openTruth } from './truth.mjs';

/** Calls that end while a promise of one before is on its way to whoever waits for it. */
const TOLERANCE = 100;

/**
 * Calls of a function that is an operator: it returns, throws, gives a promise or calls itself, and many calls are open at once.
 * The calls are the records, in the order in which they begin.
 */
export async function runCalls(harness, random, result) {
  const { graph } = harness;
  const truth = openTruth(harness, result, TOLERANCE);
  const total = 300;
  let begun = 0;
  let open = 0;
  const work = (origin, depth) => {
    if (random.chance(0.1)) harness.pulse();
    const share = random.next();
    const nested = depth < 3 && random.chance(0.1) ? call(depth + 1) : undefined;
    if (share < 0.3) {
      stage.complete(origin);
      return nested === undefined ? origin : undefined;
    }
    if (share < 0.35) {
      stage.complete(origin);
      throw new Error('thrown');
    }
    const settle = new Promise((resolve, reject) => {
      later(random, () => {
        stage.complete(origin);
        if (random.chance(0.1)) reject(new Error('refused'));
        else resolve(origin);
      });
    });
    if (share < 0.5) return new Own((resolve, reject) => settle.then(resolve, reject));
    return share < 0.7 ? settle : Promise.allSettled([settle, nested]);
  };
  const stage = truth.stage(work);
  truth.source(work, () => begun);
  const counted = harness.agent.FunctionOperator.wrap(graph, 'work', work);
  const call = async (depth) => {
    open++;
    try {
      await counted(begun++, depth);
    } catch {
      // What fails is a record as well.
    }
    open--;
  };
  await drive(harness, random, (done) => {
    const turn = () => {
      if (random.chance(0.1)) harness.pulse();
      for (let burst = random.below(8); burst > 0 && begun < total; burst--) void call(0);
      if (begun >= total && open === 0) done();
      else later(random, random.chance(0.4) ? () => setImmediate(turn) : turn);
    };
    turn();
  });
  for (const operator of [...graph.operators]) if (operator.name.startsWith('work')) graph.release(operator, true);
}

class Own extends Promise {}
