// Blocks its main thread once, in the way named by the first argument, for about as many milliseconds as the second says, when
// SIGUSR2 comes. Knows nothing of streamgauge. Prints "ready" when it may come, "blocking" and the time before, "unblocked" after.
import { execSync } from 'node:child_process';
import { pbkdf2Sync } from 'node:crypto';
import { roundsFor } from './hash-rounds.mjs';

const [kind, durationText] = process.argv.slice(2);
const durationMs = Number(durationText);

const blocks = {
  'sync-loop': function spin() {
    const until = Date.now() + durationMs;
    let spins = 0;
    while (Date.now() < until) spins++; // the looping line
    return spins;
  },
  regex: function backtrack() {
    const until = Date.now() + durationMs;
    while (Date.now() < until) /^(a+)+$/.test(`${'a'.repeat(24)}!`);
  },
  'atomics-wait': function waitForNobody() {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
  },
  microtasks: async function endless() {
    const until = Date.now() + durationMs;
    while (Date.now() < until) await null;
  },
  pbkdf2: function hashLong() {
    pbkdf2Sync('secret', 'salt', rounds, 32, 'sha256');
  },
  'exec-sync': function runChild() {
    execSync(`sleep ${durationMs / 1000}`);
  },
};

const rounds = kind === 'pbkdf2' ? await roundsFor(durationMs) : 0;

const patience = setTimeout(() => undefined, 60_000);
process.once('SIGUSR2', async function onSignal() {
  clearTimeout(patience);
  console.log(`blocking ${Date.now()}`);
  await blocks[kind]();
  console.log('unblocked');
  setTimeout(() => console.log('done'), 600);
});
console.log('ready');
