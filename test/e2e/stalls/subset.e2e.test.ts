import { type Monitor, startMonitor } from '@streamgauge/monitor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCase } from '../../stalls/run-case.ts';
import type { Score } from '../../stalls/score.ts';
import { readCases, type StallCase } from '../../stalls/truth.ts';

/** One program of the set for each mechanism, of different shapes; `npm run bench:accuracy` runs all of them. */
const HANGS = [
  'a02-await-in-generator',
  'a05-await-in-web-transform',
  'd01-server-never-answers',
  'e01-regex',
  'e05-exec-sync',
  'l02-process-ends-silently',
  's01-callback-never-called',
  's03-unread-tail',
  's05-final-never-ends',
];
const NEAR_MISSES = ['n01-slow-but-moving', 'n05-paused', 'n09-finished'];

const STALL_AFTER_MS = 1000;
/** After the threshold one check and one report; the rest is for a busy machine. */
const FOUND_WITHIN_MS = STALL_AFTER_MS + 10_000;
/** To search a heap takes seconds where the processors are shared. */
const VERDICT_WITHIN_MS = 15_000;

/**
 * A process that ends because nothing can go on waits for its goodbye for some 50 ms and no longer: where five threads want to run on each
 * processor it goes without, and all that can be known is that it is lost. Then the program is run again.
 */
const ATTEMPTS = 4;

let monitor: Monitor;
const cases = new Map(readCases().map((stallCase) => [stallCase.id, stallCase]));
const runOnce = (id: string) =>
  runCase(cases.get(id) as StallCase, {
    monitorUrl: monitor.url,
    node: process.execPath,
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    settleMs: 1500,
    verdictWithinMs: VERDICT_WITHIN_MS,
    nearMissMs: 4000,
  });

async function run(id: string): Promise<Score> {
  for (let attempt = 1; ; attempt++) {
    const score = await runOnce(id);
    if (attempt === ATTEMPTS || !score.said.startsWith('worker-lost')) return score;
  }
}

beforeAll(async () => {
  monitor = await startMonitor({ stallAfterMs: STALL_AFTER_MS, port: 0, log: 'off' });
});
afterAll(() => monitor.close());

describe.concurrent('programs of the stall set, one for each mechanism', () => {
  it.each(HANGS)('%s is told as it is', async (id) => {
    const { said, blamed, delayMs, ...score } = await run(id);
    const told = { ...score, said, blamed };
    expect(told, said).toMatchObject({ detected: true, operator: true, category: true, mechanism: true, blamed: [] });
    expect(score.location, said).not.toBe(false);
    expect(delayMs).toBeLessThan(FOUND_WITHIN_MS);
  });

  it.each(NEAR_MISSES)('%s is no incident', async (id) => {
    expect(await run(id)).toMatchObject({ detected: true, blamed: [] });
  });
});
