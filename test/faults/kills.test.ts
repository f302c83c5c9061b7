import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startMonitorProcess } from '../e2e/harness/monitor.ts';
import { program } from '../e2e/harness/paths.ts';
import { startWorker } from '../e2e/harness/worker.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { holds, isSmall } from './oracle.ts';
import { chance, PLAN, pick } from './plan.ts';
import { FaultProxy, type NetworkFault } from './proxy.ts';
import { Teller } from './teller.ts';

/** What happens in a round; killing the monitor most of all, because it keeps what must not be lost. */
const FAULTS = ['monitor', 'monitor', 'monitor', 'worker', 'delay', 'slow', 'half-open', 'cut', 'refuse'] as const;
const LONGEST_ROUND_MS = 800;
const MUTANT = PLAN.mutant && fileURLToPath(new URL(`./mutants/${PLAN.mutant}.mjs`, import.meta.url));

test(`whatever is killed or cut at any moment, what was acknowledged is stored, once (seed ${PLAN.seed})`, {
  timeout: 60_000 + PLAN.rounds * 15_000,
}, async () => {
  const random = chance('kills');
  const folder = temporaryFolder();
  const proxy = await new FaultProxy().listen();
  const startMonitor = async () => {
    const env = MUTANT === undefined ? {} : { NODE_OPTIONS: `--import=${MUTANT}` };
    const started = await startMonitorProcess(['--data', folder], env);
    proxy.targetPort = Number(new URL(started.url).port);
    return started;
  };
  let monitor = await startMonitor();
  let killed = 0;
  const teller = new Teller(proxy.url);
  // A real program under the agent, which may not be harmed by any of this.
  const flow = startWorker({
    program: program('flow.mjs'),
    monitorUrl: proxy.url,
    job: 'faults',
    worker: 'flow',
    stdin: 'pipe',
  });
  await flow.line(/^kept [1-9]/, 20_000);

  for (let round = 1; round <= PLAN.rounds; round++) {
    await teller.hears(`in round ${round}`, 40_000);
    const fault = pick(random, FAULTS);
    await pause(random() * LONGEST_ROUND_MS);
    if (fault === 'monitor') {
      isSmall(monitor);
      killed += 1;
      monitor.process.kill('SIGKILL');
      await monitor.process.ended;
      monitor = await startMonitor();
    } else if (fault === 'worker') {
      killed += 1;
      await teller.kill();
      teller.start();
    } else {
      proxy.fault = fault satisfies NetworkFault;
      await pause(random() * LONGEST_ROUND_MS);
      proxy.fault = 'none';
    }
  }

  console.log(`${killed} processes were killed, ${PLAN.rounds - killed} connections were spoilt.`);
  await teller.kill();
  await holds(monitor, teller.journal());
  flow.child.stdin?.end();
  expect(await flow.ended).toEqual({ code: 0, signal: null });
  expect(flow.stdout()).toMatch(/done\n$/);
});
