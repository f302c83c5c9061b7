/**
 * Runs one shape of the catalogue.
 *
 * usage: node shape-program.mjs <shape> cost <records>   prints the processor time of the whole process per record, nanoseconds
 *        node shape-program.mjs <shape>,... hold         goes on for ever, some records a second, for a look at its graph; each
 *                                                        further shape begins beside the others with a line on stdin
 */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { SHAPES } from './catalogue.mjs';

const [names, mode, count] = process.argv.slice(2);
const [shape, ...others] = names.split(',').map((name) => {
  if (SHAPES[name] === undefined)
    throw new Error(`There is no shape ${name}; there are ${Object.keys(SHAPES).join(', ')}.`);
  return SHAPES[name];
});

/** Pause between two records of a held flow. */
const HOLD_MS = 20;

function counter(length) {
  let given = 0;
  return () => (given < length ? { id: given++ } : undefined);
}

function hold(held) {
  const next = counter(Number.POSITIVE_INFINITY);
  return held.flow(async () => {
    await sleep(HOLD_MS);
    return next();
  });
}

if (mode === 'hold') {
  if (others.length > 0) createInterface({ input: process.stdin }).on('line', () => void hold(others.shift()));
  await hold(shape);
} else {
  const records = Number(count);
  // Start-up is not what is measured here: an attached agent has its thread running by then.
  await sleep(700);
  // Until V8 has seen a few flows end and begin, what it makes of them hangs on chance: see docs/benchmarks.md.
  for (let warmUp = 0; warmUp < 3; warmUp++) {
    await shape.flow(counter(Math.ceil(records / 20)));
    await sleep(60);
  }
  const before = process.cpuUsage();
  await shape.flow(counter(records));
  const { user, system } = process.cpuUsage(before);
  console.log(((user + system) * 1000) / records);
}
// An agent that looks for its monitor must not count.
process.exit(0);
