import type { WorkerView } from '@streamgauge/monitor';
import { describe, expect, it } from 'vitest';
import { startTestMonitor } from '../harness/monitor.ts';
import { program } from '../harness/paths.ts';
import { until } from '../harness/until.ts';
import { startWorker } from '../harness/worker.ts';

/** The process that is looked at runs under this one. */
const NODE = process.env.TEST_NODE ?? process.execPath;

/** A process that starts and ends threads as it is told, and what the monitor sees of it. */
async function threads() {
  const monitor = await startTestMonitor();
  const worker = startWorker({
    program: program('threads.mjs'),
    monitorUrl: monitor.workerUrl,
    job: 'threads',
    worker: 'w1',
    stdin: 'pipe',
    node: NODE,
  });
  await worker.line(/^ready/, 15_000);
  const view = () => monitor.get<WorkerView>('/api/v1/workers/w1').catch(() => undefined);
  await until('the worker connected', 15_000, async () => ((await view())?.state === 'connected' ? true : undefined));
  type OperatorOf = WorkerView['operators'][number];
  /** The operator of that name once it is as expected. */
  const operator = (name: string, matches: (found: OperatorOf) => boolean = () => true) =>
    until(`operator ${name}`, 15_000, async () => {
      const found = (await view())?.operators.find((one) => one.name === name);
      return found !== undefined && matches(found) ? found : undefined;
    });
  const gone = (name: string) =>
    until(`operator ${name} gone`, 10_000, async () => {
      const seen = await view();
      return seen !== undefined && !seen.operators.some((one) => one.name === name && one.state !== 'ended')
        ? true
        : undefined;
    });
  const tell = (line: string): void => void worker.child.stdin?.write(`${line}\n`);
  return { monitor, worker, view, operator, gone, tell };
}

describe('worker threads', () => {
  it('show their operators under one worker, and take them along when they end', async () => {
    const { operator, gone, tell, worker, monitor, view } = await threads();
    for (const line of ['flow a', 'flow b', 'nest c', 'bare d']) tell(line);
    const a = await operator('a', ({ recordsIn }) => recordsIn > 10);
    const b = await operator('b', ({ recordsIn }) => recordsIn > 10);
    await operator('c', ({ recordsIn }) => recordsIn > 10);
    const inner = await operator('c-inner', ({ recordsIn }) => recordsIn > 10);
    expect(new Set([a.thread, b.thread, inner.thread, 0]).size).toBe(4);
    const ids = (await view())?.operators.map(({ id }) => id) ?? [];
    expect(new Set(ids).size).toBe(ids.length);
    expect((await view())?.operators.some(({ name }) => name === 'd')).toBe(false);
    tell('stop a');
    await gone('a');
    tell('leave b');
    expect(await worker.line(/^exit b/, 5000)).toBe('exit b 3');
    await gone('b');
    tell('stop c');
    await gone('c');
    await gone('c-inner');
    expect(await monitor.incidents()).toEqual([]);
  });

  it('that block are found while they block, with the line', async () => {
    const { operator, tell, monitor } = await threads();
    tell('flow healthy');
    tell('block hot');
    const { thread } = await operator('hot');
    const incident = await monitor.waitForIncident(({ operator: name }) => name === 'hot', 12_000);
    expect(incident).toMatchObject({ type: 'stall', worker: 'w1' });
    const told = await monitor.waitForVerdict(({ evidence }) => evidence.location !== null, 8000);
    expect(told).toMatchObject({ operator: 'hot', mechanism: 'loop-blocked', category: 'user', confidence: 0.9 });
    expect(told.evidence.location).toMatchObject({ function: 'storeRecord', line: 46 });
    expect(told.reasons.join()).toContain(`Worker thread ${thread} executes`);
    await operator('healthy', ({ state }) => state !== 'ended');
    expect((await monitor.incidents()).filter(({ operator: name }) => name !== 'hot')).toEqual([]);
  });

  if (NODE !== process.execPath)
    console.warn('skipped: threads by the dozen, because who forgets them is the agent: once is enough');
  it.runIf(NODE === process.execPath)(
    'come and go by the dozen: none is kept, and the process ends as it would without the agent',
    async () => {
      const { view, tell, worker, monitor } = await threads();
      tell('pool 20');
      await worker.line(/^pool done/, 80_000);
      await until('only what lives', 30_000, async () => {
        const seen = await view();
        return seen?.operators.every(({ thread }) => thread === 0) ? true : undefined;
      });
      worker.child.stdin?.end();
      expect(await worker.ended).toEqual({ code: 0, signal: null });
      expect(await monitor.incidents()).toEqual([]);
    },
  );
});
