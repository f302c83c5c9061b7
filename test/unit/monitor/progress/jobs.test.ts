import { describe, expect, it } from 'vitest';
import type { OperatorWords, ReportWords } from '../../../support/story.ts';
import { evidenceOf, failureOf, Story } from '../../../support/story.ts';

/** One process that runs a pipeline of `orders` and one of `billing`, and an operator of its own job, `index`. */
function twoJobs(enrich: OperatorWords = {}, charge: OperatorWords = {}, more: Partial<ReportWords> = {}): ReportWords {
  return {
    operators: {
      'take orders': { kind: 'source', state: 'busy', completed: 9, job: 'orders' },
      enrich: { state: 'busy', completed: 9, job: 'orders', ...enrich },
      'take bills': { kind: 'source', state: 'busy', completed: 9, job: 'billing' },
      charge: { kind: 'sink', state: 'busy', completed: 9, job: 'billing', ...charge },
      tidy: { kind: 'function', state: 'idle', completed: 9 },
    },
    edges: { 'take orders>enrich': {}, 'take bills>charge': {} },
    ...more,
  };
}

const hang = (second: number): OperatorWords => ({ heldMs: second * 1000, inFlight: 1 });
const stands = (story: Story, job: string): number => story.monitor.openIncidents({ job }).length;

describe('a process that runs parts of several jobs', () => {
  it('shows each with its own operators and edges, and what names no job under its own', () => {
    const story = new Story().hello().seconds(1, () => twoJobs());
    expect(story.monitor.jobs().map(({ job, state, operators }) => [job, state, operators])).toEqual([
      ['index', 'running', 1],
      ['orders', 'running', 2],
      ['billing', 'running', 2],
    ]);
    const graphs = ['index', 'orders', 'billing'].map((job) => story.monitor.graph(job));
    expect(graphs.map((graph) => graph?.operators.map(({ name }) => name))).toEqual([
      ['tidy'],
      ['take orders', 'enrich'],
      ['take bills', 'charge'],
    ]);
    expect(graphs.map((graph) => graph?.edges.map(({ source, target }) => [source, target]))).toEqual([
      [],
      [['w1/1', 'w1/2']],
      [['w1/3', 'w1/4']],
    ]);
    expect(story.monitor.worker('w1')).toMatchObject({ job: 'index', jobs: ['index', 'orders', 'billing'] });
    expect(story.monitor.worker('w1')?.operators.map(({ job }) => job)).toContain('billing');
  });

  it('whose one job stands leaves the others green', async () => {
    const story = new Story().hello().seconds(31, (second) => twoJobs(hang(second)));
    expect(await story.turns()).toEqual(['opened operator-stalled enrich']);
    expect(story.open[0]).toMatchObject({ job: 'orders', jobs: ['orders'], worker: 'w1', severity: 'critical' });
    expect(['index', 'orders', 'billing'].map((job) => stands(story, job))).toEqual([0, 1, 0]);
    expect(story.monitor.job('orders')).toMatchObject({ openIncidents: 1 });
    expect(story.monitor.job('billing')).toMatchObject({ openIncidents: 0, state: 'running' });
    story.seconds(4, () => twoJobs());
    expect(stands(story, 'orders')).toBe(0);
  });

  it('is one incident of each job when both stand', async () => {
    const story = new Story().hello().seconds(31, (second) => twoJobs(hang(second), hang(second)));
    expect((await story.turns()).sort()).toEqual(['opened operator-stalled charge', 'opened operator-stalled enrich']);
    expect(story.open.map(({ job }) => job).sort()).toEqual(['billing', 'orders']);
  });

  it('whose event loop is blocked is one incident, of the job whose code runs, and turns all of them red', async () => {
    const loop = { silentMs: 4000, blockedMs: 4000, running: 'enrich' };
    const story = new Story().hello().seconds(2, () => twoJobs({}, {}, { loop }));
    expect(await story.turns()).toEqual(['opened loop-blocked enrich']);
    expect(story.open[0]).toMatchObject({ job: 'orders', jobs: ['orders', 'billing', 'index'] });
    expect(['index', 'orders', 'billing'].map((job) => stands(story, job))).toEqual([1, 1, 1]);
  });

  it('goes on in the jobs whose operators run in other threads while its main thread is blocked', () => {
    const loop = { silentMs: 4000, blockedMs: 4000, running: 'enrich' };
    const report = twoJobs({}, { thread: 1 }, { loop });
    const operators = { ...report.operators, 'take bills': { kind: 'source', job: 'billing', thread: 1 } as const };
    const story = new Story().hello().seconds(2, () => ({ ...report, operators }));
    expect(story.open[0]?.jobs).toEqual(['orders', 'index']);
    expect(stands(story, 'billing')).toBe(0);
  });

  it('names the job when only evidence tells which operator blocks the event loop', async () => {
    const blocked = (silentMs: number): ReportWords => twoJobs({}, {}, { loop: { silentMs, blockedMs: silentMs } });
    const story = new Story().hello().report(blocked(1000)).check();
    story.clock.advance(200);
    story.check();
    expect(story.open).toMatchObject([{ job: 'index', operator: '', jobs: ['index', 'orders', 'billing'] }]);
    story.event(evidenceOf({ trigger: 'loop-blocked', operatorId: 4, cpu: ['user charge /app/charge.mjs:9'] }));
    story.seconds(2, (second) => blocked(1200 + second * 1000));
    expect(story.open).toMatchObject([{ job: 'billing', operator: 'charge', jobs: ['billing', 'orders', 'index'] }]);
    expect(await story.turns(), 'one incident').toEqual(['opened loop-blocked']);
  });

  it('that is lost is one incident of its own job, which turns all red that it ran', async () => {
    const story = new Story().hello().seconds(2, () => twoJobs());
    story.monitor.workerDisconnected('w1', 'lost');
    story.seconds(6);
    expect(await story.turns()).toEqual(['opened worker-lost']);
    expect(story.open[0]).toMatchObject({ job: 'index', jobs: ['index', 'orders', 'billing'] });
    expect(story.open[0]?.summary).toBe(
      'Worker w1 (job index and with it orders, billing) went away without goodbye and has not come back for 6.0 s.',
    );
    expect(['index', 'orders', 'billing'].map((job) => story.monitor.job(job)?.state)).toEqual([
      'lost',
      'lost',
      'lost',
    ]);
  });

  it('whose error nobody caught is one incident of the job whose operator threw it', async () => {
    const story = new Story().hello().seconds(1, () => twoJobs());
    story.event(failureOf('TypeError', 'no amount', [], 4));
    expect(story.open).toMatchObject([{ type: 'failure', job: 'billing', jobs: ['billing', 'index', 'orders'] }]);
    expect(story.open[0]?.summary).toMatch(/^Worker w1 \(job billing and with it index, orders\) failed in charge: /);
  });

  it('keeps an operator of one job that waits for one of another as its victim, whose job stands too', () => {
    const story = new Story().hello().seconds(31, (second) => ({
      operators: {
        take: { kind: 'source', state: 'backpressured', job: 'billing' },
        shared: { state: 'busy', job: 'orders', ...hang(second) },
      },
      edges: { 'take>shared': { queued: 16 } },
    }));
    expect(story.open).toMatchObject([{ job: 'orders', jobs: ['orders', 'billing'], victims: [{ operator: 'take' }] }]);
    expect(story.monitor.graph('orders')?.edges, 'an edge between two jobs is in the graph of neither').toEqual([]);
    expect(story.monitor.graph('billing')?.edges).toEqual([]);
  });

  it('joins through a channel of a broker only what is of one job', () => {
    const story = new Story().hello('w1').hello('w2');
    const giver = (job: string): ReportWords => ({
      operators: { give: { kind: 'sink', leg: 'produce', job } },
      ports: [{ operator: 'give', direction: 'out', channel: 'kafka/orders', position: 5 }],
    });
    const taker: ReportWords = {
      operators: { take: { kind: 'source', leg: 'fetch', job: 'orders' } },
      ports: [{ operator: 'take', direction: 'in', channel: 'kafka/orders', position: 5 }],
    };
    story.seconds(1, () => giver('billing'), 'w1').report(taker, 'w2');
    expect(story.monitor.graph('orders')?.edges).toEqual([]);
    story.seconds(1, () => giver('orders'), 'w1').report(taker, 'w2');
    expect(story.monitor.graph('orders')?.edges).toMatchObject([{ source: 'w1/1', target: 'w2/1' }]);
    expect(story.monitor.graph('billing')?.channels).toEqual([]);
  });

  it('says of a job whose operators have ended that it has finished, and knows it still while it starts anew', () => {
    const story = new Story().hello().seconds(2, () => twoJobs());
    story.seconds(2, () => ({ operators: { enrich: { id: 2, state: 'busy', job: 'orders' } } }));
    expect(story.monitor.job('billing')).toMatchObject({ state: 'finished', operators: 0, workersConnected: 0 });
    story.monitor.workerDisconnected('w1', 'left');
    story.hello('w1', { session: 'another' });
    expect(story.monitor.job('orders')).toMatchObject({ state: 'running' });
    story.seconds(2, () => ({}));
    expect(story.monitor.job('orders')).toMatchObject({ state: 'finished' });
  });

  it('speaks for a job as a whole only while it runs a part of it', () => {
    const orders = (second: number): ReportWords => ({
      operators: {
        take: { kind: 'source', state: 'backpressured', job: 'orders' },
        enrich: { kind: 'sink', state: 'busy', completed: 9, job: 'orders', ...hang(second) },
      },
      edges: { 'take>enrich': { queued: 16 } },
    });
    const story = new Story().hello('w1').hello('w2');
    story.report(twoJobs(), 'w2').seconds(31, (second) => {
      story.report(twoJobs(), 'w2');
      return orders(second);
    });
    expect(story.open, 'the other worker goes on').toMatchObject([{ worker: 'w1', severity: 'error' }]);
    story.seconds(2, (second) => {
      story.report({ operators: { tidy: { kind: 'function', completed: 9 } } }, 'w2');
      return orders(31 + second);
    });
    expect(story.open, 'it has ended').toMatchObject([{ worker: 'w1', severity: 'critical' }]);
  });

  it('keeps no more of its jobs than a report may name, and forgets first what was not named for longest', () => {
    const story = new Story().hello();
    for (let run = 0; run < 100; run++)
      story.seconds(1, () => ({ operators: { a: { id: run + 1, job: `job ${run}` } } }));
    const jobs = story.monitor.worker('w1')?.jobs ?? [];
    expect(jobs).toHaveLength(33);
    expect([jobs[0], jobs.at(-1)]).toEqual(['index', 'job 99']);
    expect(story.monitor.job('job 3')).toBeUndefined();
  });

  it('takes the incidents of a lost predecessor over once it has told that it runs the same job', async () => {
    const first = new Story().hello('box-1', { host: 'box' }).seconds(31, (second) => twoJobs(hang(second)), 'box-1');
    const second = new Story();
    second.monitor.restore(first.open);
    const startedUnixNano = BigInt(first.clock.unixMs() + 60_000) * 1_000_000n;
    second.clock.advance(120_000);
    second.hello('box-2', { host: 'box', startedUnixNano }).seconds(5, undefined);
    expect(second.open, 'nothing shows yet that it runs orders').toHaveLength(1);
    second.seconds(5, () => twoJobs(), 'box-2');
    expect(second.open).toEqual([]);
  });
});
