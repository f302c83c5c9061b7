/** Small seeded generator (mulberry32, public domain), so that a failing run can be repeated. */
export function seededRandom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return { next, below: (limit) => Math.floor(next() * limit), chance: (share) => next() < share };
}

/** Runs a callback at once, or in one of the ways in which stream implementations call back. */
export function later(random, task) {
  const share = random.next();
  if (share < 0.6) task();
  else if (share < 0.75) process.nextTick(task);
  else if (share < 0.9) setImmediate(task);
  else void Promise.resolve().then(task);
}

/** Another seed for each run; the first one's is the seed itself, so that a run that has failed can be had alone. */
export function seedOfRun(seed, run) {
  return run === 0 ? seed : (Math.imul(seed ^ Math.imul(run, 0x9e3779b1), 0x85ebca6b) ^ run) >>> 0;
}

/** Calls a task in a share of the turns of the event loop; gives what ends that. */
export function inTurns(random, share, task) {
  let over = false;
  const turn = () => {
    if (over) return;
    if (random.chance(share)) task();
    setImmediate(turn);
  };
  setImmediate(turn);
  return () => {
    over = true;
  };
}
