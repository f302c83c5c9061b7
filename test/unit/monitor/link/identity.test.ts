import { describe, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { HandMadeWorker } from '../../../support/hand-made-worker.ts';
import { startLink } from './link-harness.ts';

describe('the name of a worker', () => {
  test('a newer connection of a worker replaces the old one without the worker being lost', async () => {
    const link = await startLink();
    const old = new HandMadeWorker(link.url);
    await old.greet();
    const young = new HandMadeWorker(link.url);
    await young.greet();
    expect(await old.closed).toMatchObject({ code: 4409 });
    young.report(1);
    await eventually(() => link.core.reports.length === 1);
    expect(link.core.calls).toEqual(['connected w1 s1', 'connected w1 s1', 'report w1 1']);
    expect(link.link.workers).toBe(1);
    expect(link.count('workers-duplicate')).toBe(0);
  });

  test('a restart under the same name is no duplicate, two processes that take turns are', async () => {
    const link = await startLink();
    const connectAs = async (session: string, pid: number): Promise<HandMadeWorker> => {
      const worker = new HandMadeWorker(link.url);
      await worker.greet({ session, pid });
      return worker;
    };
    await connectAs('s1', 1);
    await connectAs('s2', 2);
    expect(link.count('workers-duplicate')).toBe(0);
    await connectAs('s1', 1);
    expect(link.count('workers-duplicate')).toBe(1);
    expect(link.logged).toEqual([
      'duplicate w1: Two processes use the worker name w1 (now pid 1 on here, before that pid 2 on here); give each its own STREAMGAUGE_WORKER.',
    ]);
  });
});
