import { readFileSync } from 'node:fs';
import type { Incident } from '@streamgauge/monitor';
import { describe, expect, it } from 'vitest';
import { startTestMonitor, type TestMonitor } from '../harness/monitor.ts';
import { program } from '../harness/paths.ts';
import { startWorker } from '../harness/worker.ts';

const lineWith = (code: string): number =>
  readFileSync(program('generators.mjs'), 'utf8')
    .split('\n')
    .findIndex((text) => text.includes(code)) + 1;

async function run(kind: string) {
  const monitor = await startTestMonitor();
  const worker = startWorker({
    program: program('generators.mjs'),
    programArguments: [kind],
    monitorUrl: monitor.workerUrl,
    job: 'scoring',
    worker: 'w1',
    stdin: 'pipe',
  });
  return { monitor, worker };
}

/** All incidents but those of an event loop that a busy machine held up. */
async function standstills(monitor: TestMonitor): Promise<readonly Incident[]> {
  return (await monitor.incidents()).filter(({ rule }) => rule !== 'loop-blocked');
}

describe.concurrent('a pipeline of generators', () => {
  it('that hangs in an await names the generator and the line', async () => {
    const { monitor, worker } = await run('await');
    const found = await monitor.waitForVerdict(({ rule }) => rule !== 'loop-blocked', 15_000);
    expect(found).toMatchObject({ type: 'stall', operator: 'enrich', mechanism: 'await-pending' });
    const lines = [...found.evidence.samples.flatMap(({ frames }) => frames.map(({ line }) => line))];
    expect(lines).toContain(lineWith('the awaiting line'));
    worker.kill();
  });

  it('with a concurrent map() that waits for one record names its function and the line, and says since when', async () => {
    const { monitor, worker } = await run('map');
    const found = await monitor.waitForVerdict(({ rule }) => rule !== 'loop-blocked', 15_000);
    expect(found).toMatchObject({ type: 'stall', operator: 'map look', mechanism: 'await-pending' });
    const lines = found.evidence.samples.flatMap(({ frames }) => frames.map(({ line }) => line));
    expect(lines).toContain(lineWith('the awaiting line'));
    // The records behind it have ended, and wait for it in the order in which they came.
    const { operators } = await monitor.waitForGraph('scoring', ({ operators }) => operators.length === 3, 5000);
    expect(operators).toContainEqual(
      expect.objectContaining({ name: 'map look', inFlight: 1, oldest: expect.objectContaining({}) }),
    );
    worker.kill();
  });

  it('whose records wait in RxJS for a promise within an inner Observable names the line', async () => {
    const { monitor, worker } = await run('rxjs');
    const found = await monitor.waitForVerdict(({ rule }) => rule !== 'loop-blocked', 15_000);
    expect(found).toMatchObject({
      type: 'stall',
      operator: expect.stringMatching(/^mergeMap/),
      mechanism: 'await-pending',
    });
    const lines = found.evidence.samples.flatMap(({ frames }) => frames.map(({ line }) => line));
    expect(lines).toContain(lineWith('the awaiting line'));
    worker.kill();
  });

  it('whose sink stands still blames the sink, and no generator', async () => {
    const { monitor, worker } = await run('sink');
    await monitor.waitForIncident(({ operator }) => operator === 'Ledger', 15_000);
    expect((await standstills(monitor)).map(({ operator }) => operator)).toEqual(['Ledger']);
    worker.kill();
  });

  it('whose source is idle, or whose stream the program has paused, is no incident', async () => {
    const [idle, paused] = await Promise.all([run('idle'), run('pause')]);
    await idle.monitor.waitForGraph('scoring', ({ edges }) => edges.length === 3, 15_000);
    await paused.monitor.waitForGraph(
      'scoring',
      ({ operators }) =>
        operators.some(({ verdict, pauseReason }) => verdict === 'paused' && pauseReason === 'stream.pause()'),
      15_000,
    );
    await new Promise((resolve) => setTimeout(resolve, 3000));
    for (const { monitor, worker } of [idle, paused]) {
      expect(await standstills(monitor)).toEqual([]);
      worker.kill();
    }
  });
});
