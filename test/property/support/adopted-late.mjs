import { runCompositions } from './compose.mjs';
import { runBroadcast, runFanIn } from './fan.mjs';
import { runBytes, runLinear } from './linear.mjs';
import { runLines } from './lines.mjs';
import { runListeners } from './listeners.mjs';
import { runCopies, runStreamx } from './packages.mjs';
import { runWeb, runWebInTurn } from './web.mjs';

const FLOWS = [
  ...[runCompositions, runBroadcast, runFanIn, runBytes, runLinear, runLines, runListeners, runCopies, runStreamx],
  ...[runWeb, runWebInTurn],
];

/**
 * Flows that are beyond the budget of what is adopted when it is born: they become operators one after the other, in the middle of
 * everything. A marker may be as late there as it likes.
 */
export async function runAdoptedLate(harness, random, result) {
  const { budget } = harness;
  const { late } = result;
  budget.atOnce = false;
  let over = false;
  const turn = () => {
    if (over) return;
    if (random.chance(0.1)) harness.grow();
    setImmediate(turn);
  };
  setImmediate(turn);
  try {
    await FLOWS[random.below(FLOWS.length)](harness, random, result);
  } finally {
    over = true;
    budget.atOnce = true;
    result.late = late;
  }
}
