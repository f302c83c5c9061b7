import { describe, expect, it } from 'vitest';
import type { Case } from '../../../../monitor/src/classify/classification.ts';
import type { ReportWords } from '../../../support/story.ts';
import { evidenceOf, failureOf, lifecycleOf, reportOf, Story } from '../../../support/story.ts';

const chain = { 'walk>read': {}, 'read>enrich': {}, 'enrich>write': {} };

/** A pipeline whose enrich holds for heldMs; 0: everything flows. */
function pipeline(heldMs: number, completed = 100): ReportWords {
  const stuck = heldMs > 0;
  return {
    operators: {
      walk: { kind: 'source', state: stuck ? 'backpressured' : 'busy', completed },
      read: { state: stuck ? 'backpressured' : 'busy', inFlight: 1, completed, markerAgeMs: heldMs },
      enrich: {
        state: 'busy',
        heldMs,
        inFlight: 4,
        completed,
        location: { function: 'enrich', file: '/app/enrich.mjs', line: 40 },
      },
      write: { kind: 'sink', state: stuck ? 'idle' : 'busy', completed, progressAgeMs: heldMs },
    },
    edges: chain,
  };
}

const hang = (second: number): ReportWords => pipeline(second * 1000);
const flow = (second: number): ReportWords => pipeline(0, 100 + second * 50);
const awaitStack = ['user lookup /app/enrich.mjs:42', 'user enrich /app/enrich.mjs:40'];

describe('an operator that hangs', () => {
  it('is one incident: suspected and sampled at half of the threshold, opened at the threshold, resolved when it moves (S1)', async () => {
    const story = new Story().hello().seconds(14, hang);
    expect(story.requests).toHaveLength(0);
    story.seconds(1, () => hang(15));
    expect(story.requests.map(({ request }) => request.operatorId)).toEqual([3]);
    story.answer({ await: awaitStack });
    story.seconds(14, (second) => hang(15 + second));
    expect(await story.turns()).toEqual([]);
    story.seconds(5, (second) => hang(29 + second));
    expect(await story.turns()).toEqual(['opened operator-stalled enrich']);
    const [incident] = story.open;
    expect(incident).toMatchObject({
      type: 'stall',
      mechanism: 'await-pending',
      category: 'user',
      classifier: 'await-pending',
      severity: 'critical',
      state: 'open',
      job: 'index',
      worker: 'w1',
      resolvedAt: null,
      evidence: { location: { function: 'lookup', file: '/app/enrich.mjs', line: 42, column: 5 } },
    });
    expect(incident?.victims.map(({ operator }) => operator)).toEqual(['read', 'walk']);
    expect(story.told[0]?.incident.summary).toBe(
      'enrich (worker w1, job index) has not completed a record for 30 s: its call at enrich.mjs:42 lookup() awaits a promise that is not settled; 2 operators wait for it.',
    );
    story.seconds(4, flow);
    expect(await story.turns()).toEqual(['opened operator-stalled enrich', 'resolved operator-stalled enrich']);
    const resolved = story.told.at(-1)?.incident;
    expect(resolved?.id).toBe(story.told[0]?.incident.id);
    expect(resolved?.state).toBe('resolved');
    expect(resolved?.resolvedAt).not.toBeNull();
    expect(story.store.saved).toEqual(story.told);
    expect(story.open).toEqual([]);
  });

  it('has its times from the worker: last progress, suspicion at half, opening', async () => {
    const story = new Story().hello().seconds(30, hang);
    await story.monitor.settled();
    const incident = story.told[0]?.incident;
    const opened = Date.parse(incident?.openedAt ?? '');
    expect(opened - Date.parse(incident?.lastProgressAt ?? '')).toBe(30_000);
    expect(opened - Date.parse(incident?.suspectedAt ?? '')).toBe(15_000);
  });

  it('is opened in time without evidence, and updated when the evidence arrives', async () => {
    const story = new Story().hello().seconds(30, hang);
    expect(await story.events()).toEqual(['opened operator-stalled enrich']);
    expect(story.told[0]?.incident).toMatchObject({ category: 'unknown', mechanism: 'unknown', classifier: 'unknown' });
    story.clock.advance(100);
    story.answer({
      callbackOutstanding: true,
      operatorLocation: { function: 'enrich', file: '/app/enrich.mjs', line: 40 },
    });
    expect(await story.events()).toEqual(['opened operator-stalled enrich', 'updated operator-stalled enrich']);
    expect(story.told[1]?.incident).toMatchObject({
      mechanism: 'callback-lost',
      category: 'user',
      classifier: 'callback-lost',
    });
    expect(story.told[1]?.incident.openedAt).toBe(story.told[0]?.incident.openedAt);
    story.seconds(20, (second) => hang(31 + second));
    expect(await story.events(), 'nothing new, nothing told').toHaveLength(2);
  });

  it('says when the worker does not answer', async () => {
    const story = new Story().hello().seconds(30, hang);
    expect(story.open[0]?.evidence.missing).toEqual(['The worker did not answer a request for a sample within 10 s.']);
    expect(story.requests, 'asked again').toHaveLength(2);
  });

  it('is asked anew for the next standstill: the first evidence does not explain the second', async () => {
    const story = new Story()
      .hello()
      .seconds(16, hang)
      .answer({ await: awaitStack })
      .seconds(16, (s) => hang(16 + s));
    expect(story.open[0]?.mechanism).toBe('await-pending');
    story.seconds(5, flow).seconds(30, hang);
    expect(story.requests.length).toBeGreaterThan(1);
    expect(story.open[0]).toMatchObject({ mechanism: 'unknown', category: 'unknown' });
    expect(story.open[0]?.evidence.samples).toEqual([]);
  });
});

describe('a blocked event loop', () => {
  const blocked = (silentMs: number, running?: string): ReportWords => ({
    ...pipeline(silentMs),
    loop: { silentMs, blockedMs: silentMs, ...(running === undefined ? {} : { running }) },
  });
  const spin = [
    'user tokenise /app/tokenise.mjs:17',
    'user _transform /app/tokenise.mjs:9',
    'node write node:internal/streams/writable:500',
  ];

  it('is reported with the first report that shows it, without waiting for a check (S2)', async () => {
    const story = new Story().hello();
    story.event(evidenceOf({ trigger: 'loop-blocked', cpu: spin, operatorId: 3 }));
    story.report(blocked(1000, 'enrich'));
    expect(await story.turns()).toEqual(['opened loop-blocked enrich']);
    expect(story.told[0]?.incident).toMatchObject({
      type: 'stall',
      mechanism: 'loop-blocked',
      category: 'user',
      confidence: 0.9,
      operator: 'enrich',
      evidence: { location: { file: '/app/tokenise.mjs', line: 17 } },
    });
    story.seconds(40, (second) => blocked(1000 + second * 1000, 'enrich'));
    expect(await story.turns(), 'the others wait for the loop, they do not stall').toHaveLength(1);
    expect(story.requests, 'the watchdog has told').toEqual([]);
    story.seconds(4, flow);
    expect(await story.turns()).toEqual(['opened loop-blocked enrich', 'resolved loop-blocked enrich']);
  });

  it('gets its operator from evidence that comes later, in the same incident', async () => {
    const story = new Story().hello().report(blocked(1000)).check();
    expect(await story.turns(), 'evidence gets a moment to arrive').toEqual([]);
    story.clock.advance(200);
    story.check();
    expect(await story.turns()).toEqual(['opened loop-blocked']);
    story.clock.advance(100);
    story.event(evidenceOf({ trigger: 'loop-blocked', operatorId: 3, thread: { state: 'R', cpuShare: 0.99 } }));
    story.seconds(2, (second) => blocked(1300 + second * 1000));
    expect(await story.events()).toEqual(['opened loop-blocked', 'updated loop-blocked enrich']);
    expect(story.open[0]).toMatchObject({ operator: 'enrich', mechanism: 'native-call', category: 'user' });
    expect(story.open[0]?.victims.map(({ operator }) => operator)).not.toContain('enrich');
    const resumed = ['native JSON.parse', 'user enrich /app/enrich.mjs:44'];
    story.event(evidenceOf({ trigger: 'loop-resumed', operatorId: 3, cpu: resumed }));
    story.seconds(1, flow);
    expect(story.open[0]).toMatchObject({ operator: 'enrich' });
    story.seconds(3, flow);
    await story.monitor.settled();
    const last = story.told.at(-1);
    expect(last).toMatchObject({
      event: 'incident.resolved',
      incident: { mechanism: 'native-call', operator: 'enrich', evidence: { location: { line: 44 } } },
    });
  });

  it('gets its line also when the frames of the call come after the report that the loop turns again', async () => {
    const story = new Story().hello().report(blocked(1000));
    story.event(evidenceOf({ trigger: 'loop-blocked', operatorId: 3, thread: { state: 'R', cpuShare: 0.99 } }));
    story.seconds(1, flow);
    const resumed = ['native JSON.parse', 'user enrich /app/enrich.mjs:44'];
    story.event(evidenceOf({ trigger: 'loop-resumed', operatorId: 3, cpu: resumed }));
    expect(await story.events()).toEqual(['opened loop-blocked enrich', 'updated loop-blocked enrich']);
    expect(story.open[0]).toMatchObject({ mechanism: 'native-call', evidence: { location: { line: 44 } } });
    story.seconds(3, flow);
    expect((await story.turns()).at(-1), 'it is not open for longer').toBe('resolved loop-blocked enrich');
  });

  it('gets nothing of what comes of another block, after it', async () => {
    const story = new Story().hello().report(blocked(1000, 'enrich')).check();
    story.clock.advance(200);
    story.check().seconds(1, flow);
    const write = ['native JSON.stringify', 'user write /app/write.mjs:9'];
    story.event(evidenceOf({ trigger: 'loop-resumed', operatorId: 4, cpu: write })).seconds(5, flow);
    await story.monitor.settled();
    expect(story.told.at(-1)).toMatchObject({
      event: 'incident.resolved',
      incident: { operator: 'enrich', evidence: { samples: [], location: { line: 40 } } },
    });
  });

  it('is opened at once with its line when evidence comes in the moment it is given', async () => {
    const story = new Story().hello().report(blocked(1000));
    story.clock.advance(60);
    story.event(evidenceOf({ trigger: 'loop-blocked', cpu: spin, operatorId: 3 }));
    expect(await story.events()).toEqual(['opened loop-blocked enrich']);
    expect(story.told[0]?.incident.evidence.location).toMatchObject({ line: 17 });
  });

  it('keeps evidence that arrives before the report for it, and forgets it when the standstill is over', async () => {
    const story = new Story().hello().event(evidenceOf({ trigger: 'loop-blocked', cpu: spin, operatorId: 3 }));
    story
      .report(blocked(1200))
      .seconds(1, () => blocked(2200))
      .seconds(5, flow);
    story.report(blocked(1200)).clock.advance(200);
    story.check();
    await story.monitor.settled();
    expect(story.open[0]).toMatchObject({ operator: '', category: 'unknown', mechanism: 'loop-blocked' });
    expect(story.open[0]?.evidence.samples).toEqual([]);
  });
});

describe('quiet and intended standstills', () => {
  it('an idle hour and traffic after it make no incident (S5)', async () => {
    const idle = (second: number): ReportWords => ({
      operators: {
        src: { kind: 'source', progressAgeMs: second * 1000 },
        sink: { kind: 'sink', progressAgeMs: second * 1000 },
      },
      edges: { 'src>sink': {} },
    });
    const story = new Story().hello().seconds(3600, idle).seconds(60, flow);
    expect(await story.events()).toEqual([]);
    expect(story.requests).toEqual([]);
  });

  it('a consumer that pulls one record a minute makes no incident (S4)', async () => {
    const slow = (second: number): ReportWords => ({
      operators: {
        src: { kind: 'source', state: 'backpressured' },
        map: {
          state: 'backpressured',
          inFlight: 16,
          completed: Math.floor(second / 60),
          progressAgeMs: (second % 60) * 1000,
          markerAgeMs: 50_000,
        },
      },
      edges: { 'src>map': { queued: 16 } },
    });
    const story = new Story().hello().seconds(300, slow);
    expect(await story.events()).toEqual([]);
    expect(story.monitor.graph('index')?.operators.map(({ verdict }) => verdict)).toEqual([
      'backpressured',
      'backpressured',
    ]);
  });

  it('a pause for a rebalance makes no incident and is visible (S11)', async () => {
    const paused = (second: number): ReportWords => ({
      operators: { handle: { state: 'paused', heldMs: second * 1000, inFlight: 3 } },
    });
    const story = new Story().hello().seconds(60, paused);
    expect(await story.events()).toEqual([]);
    expect(story.monitor.graph('index')?.operators[0]?.verdict).toBe('paused');
  });

  it('a batch operator that usually holds 40 s is reported at first, then known', async () => {
    let batches = 0;
    const batch = (second: number): ReportWords => {
      const phase = second % 40;
      if (phase === 0) batches += 1;
      return { operators: { batch: { state: 'busy', heldMs: phase * 1000, inFlight: 9, completed: batches } } };
    };
    const story = new Story().hello().seconds(40 * 5 - 1, batch);
    const learning = (await story.turns()).length;
    story.seconds(40 * 20, (second) => batch(40 * 5 - 1 + second));
    expect((await story.turns()).length).toBe(learning);
    expect(learning).toBeLessThanOrEqual(8);
    batches += 1;
    story.seconds(70, (second) => ({
      operators: { batch: { state: 'busy', heldMs: second * 1000, inFlight: 9, completed: batches } },
    }));
    expect((await story.turns()).length, 'and a real stall is still found').toBe(learning + 1);
  });

  it('stalls that come now and then do not teach the detector that they are normal', async () => {
    const story = new Story({ limits: { stallAfterMs: 3000, checkIntervalMs: 250, resolveAfterMs: 500 } }).hello();
    for (let round = 0; round < 5; round += 1) {
      story
        .seconds(20, flow)
        .seconds(4, hang)
        .seconds(2, (second) => pipeline(0, 1e6 + round * 100 + second));
    }
    expect((await story.turns()).filter((line) => line.startsWith('opened'))).toHaveLength(5);
  });
});

describe('nobody reads', () => {
  const unread = (second: number, attached = false): ReportWords => ({
    operators: {
      src: { kind: 'source', state: 'backpressured' },
      tail: {
        state: 'backpressured',
        unread: !attached,
        inFlight: 16,
        completed: attached ? 100 + second : 16,
        progressAgeMs: 1000,
      },
    },
    edges: { 'src>tail': { queued: 16 } },
  });

  it('is a warning at the threshold, an error at twice that, and over when somebody reads', async () => {
    const story = new Story().hello().seconds(30, unread);
    expect(await story.turns()).toEqual([]);
    story.seconds(1, unread);
    expect(await story.turns()).toEqual(['opened nobody-reads tail']);
    expect(story.open[0]).toMatchObject({
      type: 'backpressure',
      mechanism: 'unread-output',
      severity: 'warning',
      category: 'user',
    });
    expect(story.open[0]?.victims.map(({ operator }) => operator)).toEqual(['src']);
    story.seconds(30, unread);
    expect(story.open[0]?.severity).toBe('error');
    story.seconds(3, (second) => unread(second, true));
    expect(await story.turns()).toEqual(['opened nobody-reads tail', 'resolved nobody-reads tail']);
  });
});

describe('nobody reads beside a stall', () => {
  const both =
    (connected: boolean) =>
    (second: number): ReportWords => ({
      operators: {
        src: { kind: 'source', state: 'backpressured' },
        tail: { state: 'backpressured', unread: true, inFlight: 16, completed: 16 },
        sink: { kind: 'sink', state: 'busy', heldMs: second * 1000, inFlight: 1 },
      },
      edges: { 'src>tail': {}, ...(connected ? { 'src>sink': {} } : {}) },
    });

  it('is not reported in the part of the graph that a stalled operator holds already', async () => {
    expect(await new Story().hello().seconds(40, both(true)).turns()).toEqual(['opened operator-stalled sink']);
  });

  it('is reported in another part of the graph', async () => {
    const turns = await new Story().hello().seconds(40, both(false)).turns();
    expect(turns).toEqual(['opened operator-stalled sink', 'opened nobody-reads tail']);
  });
});

describe('somebody who sets the time of day', () => {
  const hourMs = 3_600_000;
  const healthy = (second: number) => ({ operators: { a: { state: 'busy' as const, heldMs: 5, completed: second } } });
  const stuck = (second: number) => ({
    operators: { a: { state: 'busy' as const, heldMs: second * 1000, inFlight: 1 } },
  });

  it.each([
    ['back', hourMs],
    ['on', -hourMs],
  ])('%s opens nothing of what is well', async (_, byMs) => {
    const story = new Story().hello().seconds(3, healthy);
    story.clock.setBack(byMs);
    story.seconds(3, healthy);
    story.clock.setBack(-byMs);
    expect(await story.seconds(3, healthy).events()).toEqual([]);
  });

  it.each([
    ['back', hourMs],
    ['on', -hourMs],
  ])('%s ends nothing of what stands, and no incident ends before it began', async (_, byMs) => {
    const story = new Story({ limits: { stallAfterMs: 3000 } }).hello().seconds(5, stuck);
    expect(await story.turns()).toEqual(['opened operator-stalled a']);
    story.clock.setBack(byMs);
    story.seconds(5, (second) => stuck(second + 5));
    expect(await story.turns()).toEqual(['opened operator-stalled a']);
    story.seconds(5, healthy);
    expect(await story.turns()).toEqual(['opened operator-stalled a', 'resolved operator-stalled a']);
    const { openedAt, resolvedAt, lastProgressAt } = story.store.saved.at(-1)?.incident ?? {};
    expect(Date.parse(resolvedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(openedAt ?? ''));
    expect(Date.parse(openedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(lastProgressAt ?? ''));
  });

  it('leaves a blocked loop one block, also when its code moves on into another operator on the way back', async () => {
    const story = new Story().hello();
    const blocked = (running: string) => (second: number) => ({
      operators: { a: { state: 'busy' as const }, b: { state: 'busy' as const } },
      loop: { silentMs: second * 1000, blockedMs: second * 1000, running },
    });
    story.seconds(4, blocked('a'));
    expect(await story.turns()).toEqual(['opened loop-blocked a']);
    story.clock.setBack(-hourMs);
    story.seconds(4, (second) => blocked('b')(second + 4));
    expect(await story.turns()).toEqual(['opened loop-blocked a']);
  });
});

describe('a worker that goes away', () => {
  const count = { operators: { a: { state: 'busy' as const, completed: 1 } } };

  it('without goodbye is lost after the limit, and back when it connects again', async () => {
    const story = new Story().hello().seconds(3, () => count);
    story.monitor.workerDisconnected('w1', 'lost');
    story.seconds(4);
    expect(await story.turns()).toEqual([]);
    story.seconds(1);
    expect(await story.turns()).toEqual(['opened worker-lost']);
    expect(story.open[0]).toMatchObject({ type: 'worker-lost', severity: 'error', category: 'unknown', worker: 'w1' });
    expect(story.monitor.worker('w1')?.state).toBe('lost');
    story.hello().seconds(3, () => count);
    expect(await story.turns()).toEqual(['opened worker-lost', 'resolved worker-lost']);
  });

  it('says why, as far as its connection and its last report tell', async () => {
    const story = new Story().hello().seconds(3, () => count);
    story.monitor.workerDisconnected('w1', 'lost', { silent: true, sameHost: true, processState: 'T' });
    story.seconds(5);
    expect(story.open[0]).toMatchObject({ category: 'resource', mechanism: 'not-scheduled', confidence: 0.9 });
    expect(story.open[0]?.evidence.loop).toMatchObject({ silent: true, sameHost: true, processState: 'T' });
  });

  it('with goodbye has left, and nobody is told', async () => {
    const story = new Story().hello().seconds(3, () => count);
    story.monitor.workerDisconnected('w1', 'left');
    story.seconds(60);
    expect(await story.events()).toEqual([]);
    expect(story.monitor.job('index')?.state).toBe('finished');
  });

  it('after saying that it ends has left, even if the connection broke', async () => {
    const story = new Story()
      .hello()
      .seconds(3, () => count)
      .event(lifecycleOf('finished', 0));
    story.monitor.workerDisconnected('w1', 'lost');
    story.seconds(60);
    expect(await story.events()).toEqual([]);
  });

  it('is made up for by a new worker of its job on its host, under another name', async () => {
    const story = new Story();
    for (const worker of ['box-1', 'box-2', 'box-3']) story.hello(worker);
    story
      .seconds(1, () => count, 'box-1')
      .seconds(1, () => count, 'box-2')
      .seconds(1, () => count, 'box-3');
    story.monitor.workerDisconnected('box-1', 'lost');
    story.monitor.workerDisconnected('box-2', 'lost');
    story.seconds(6, () => count, 'box-3');
    expect(await story.turns()).toEqual(['opened worker-lost', 'opened worker-lost']);
    story.hello('box-4').seconds(3, () => count, 'box-4');
    expect(
      story.open.map(({ worker }) => worker),
      'two are missing, one came',
    ).toEqual(['box-1']);
    story.hello('box-5').seconds(3, () => count, 'box-5');
    expect(story.open).toEqual([]);
    story.monitor.workerDisconnected('box-5', 'left');
    story.seconds(30, () => count, 'box-4');
    expect(story.open, 'what was made up for stays so').toEqual([]);
  });

  it('is not made up for by a worker of another job or host', async () => {
    const story = new Story().hello().seconds(1, () => count);
    story.monitor.workerDisconnected('w1', 'lost');
    story.hello('w2', { job: 'other' }).hello('w3', { host: 'elsewhere' }).seconds(6);
    expect(story.open.map(({ worker }) => worker)).toEqual(['w1']);
  });

  it('that reconnects under the same name while its old connection is half open is never lost (S18)', async () => {
    const story = new Story()
      .hello()
      .seconds(3, () => count)
      .hello()
      .seconds(30, () => count);
    expect(await story.events()).toEqual([]);
    expect(story.monitor.workers()).toHaveLength(1);
  });

  it('leaves its open stall alone while it is away, and ends it when it comes back anew', async () => {
    const story = new Story().hello().seconds(31, hang);
    story.monitor.workerDisconnected('w1', 'lost');
    story.seconds(20);
    expect((await story.turns()).sort()).toEqual(['opened operator-stalled enrich', 'opened worker-lost']);
    story.hello('w1', { session: 'another' }).seconds(4, flow);
    expect(story.open).toEqual([]);
  });
});

/** What a worker reports last when the callback of enrich was lost. */
const lost: ReportWords = {
  operators: {
    walk: { kind: 'source', state: 'backpressured' },
    read: { state: 'backpressured', inFlight: 1 },
    enrich: { state: 'busy', heldMs: 40, inFlight: 1 },
    write: { kind: 'sink', state: 'idle' },
  },
  edges: { 'walk>read': {}, 'read>enrich': {}, 'enrich>write': {} },
};

describe('an event loop that ran dry', () => {
  const evidence = evidenceOf({
    trigger: 'loop-drained',
    operatorId: 3,
    callbackOutstanding: true,
    operatorLocation: { function: '_transform', file: '/app/enrich.mjs', line: 12 },
  });

  it('with a record in an operator is an incident of its own, named at once, and stands until the worker is back', async () => {
    const story = new Story()
      .hello()
      .seconds(2, flow)
      .report(lost)
      .event(evidence)
      .event(lifecycleOf('finished', 0, [3]));
    story.monitor.workerDisconnected('w1', 'left');
    expect(story.open).toMatchObject([
      { type: 'stall', category: 'user', mechanism: 'callback-lost', operator: 'enrich', confidence: 0.9 },
    ]);
    expect(story.open[0]?.victims.map(({ operator }) => operator)).toEqual(['read', 'walk']);
    expect(story.open[0]?.summary).toBe(
      'enrich (worker w1, job index) was left unfinished when the event loop ran dry and the process ended: its code at ' +
        'enrich.mjs:12 _transform() was called and had not called back; 2 operators waited for it.',
    );
    expect(story.open[0]?.help).toMatch(/^Follow the operator/);
    story.seconds(600);
    expect(story.requests, 'a worker that is gone is asked nothing').toEqual([]);
    story.hello('w1', { session: 'next' }).seconds(5);
    expect(await story.turns()).toEqual(['opened left-undone enrich']);
    expect(story.open[0]?.evidence.location).toMatchObject({ line: 12 });
    story.seconds(4, flow);
    expect(await story.turns()).toEqual(['opened left-undone enrich', 'resolved left-undone enrich']);
  });

  it('goes on as the incident of an operator that had stalled before', async () => {
    const story = new Story().hello().seconds(32, hang);
    expect(await story.turns()).toEqual(['opened operator-stalled enrich']);
    story.event(evidence).event(lifecycleOf('finished', 0, [3]));
    story.monitor.workerDisconnected('w1', 'left');
    story.seconds(60);
    expect(await story.turns()).toEqual(['opened operator-stalled enrich']);
    expect(story.open).toMatchObject([{ rule: 'left-undone', mechanism: 'callback-lost', operator: 'enrich' }]);
    story.hello('w1', { session: 'next' }).seconds(4, flow);
    expect(story.open).toEqual([]);
  });

  it('is over when another worker of its job was started in its place', async () => {
    const story = new Story()
      .hello()
      .seconds(2, flow)
      .report(lost)
      .event(evidence)
      .event(lifecycleOf('finished', 0, [3]));
    story.monitor.workerDisconnected('w1', 'left');
    story.hello('w2', { startedUnixNano: 1_900_000_000_000_000_000n }).seconds(4, flow, 'w2');
    expect(await story.turns()).toEqual(['opened left-undone enrich', 'resolved left-undone enrich']);
  });

  it('waits a moment for the evidence, and is an incident without it as well', () => {
    const story = new Story()
      .hello()
      .seconds(2, flow)
      .report(lost)
      .event(lifecycleOf('finished', 0, [3]));
    expect(story.open).toEqual([]);
    expect(story.seconds(1).open).toMatchObject([{ rule: 'left-undone', operator: 'enrich', mechanism: 'unknown' }]);
    expect(story.event(evidence).open).toMatchObject([{ mechanism: 'callback-lost' }]);
  });
});

describe('a failure', () => {
  const thrown = failureOf('TypeError', 'x is not a function', ['user enrich /app/enrich.mjs:50'], 3);

  it('is an incident at once, with the line that threw, and over when the worker runs again', async () => {
    const story = new Story().hello().seconds(2, flow).event(thrown);
    expect(await story.turns()).toEqual(['opened failure enrich']);
    expect(story.open[0]).toMatchObject({
      type: 'failure',
      category: 'user',
      mechanism: 'uncaught-error',
      evidence: { location: { file: '/app/enrich.mjs', line: 50 } },
    });
    expect(story.open[0]?.summary).toBe(
      'Worker w1 (job index) failed in enrich: nobody caught TypeError: x is not a function at enrich.mjs:50 enrich().',
    );
    story.report(flow(3)).event(lifecycleOf('failed', 1));
    story.monitor.workerDisconnected('w1', 'lost');
    story.seconds(60);
    expect(await story.turns(), 'it failed, so it is not lost as well').toEqual(['opened failure enrich']);
    expect(story.monitor.job('index')?.state).toBe('failed');
    story.hello('w1', { session: 'next' }).seconds(4, flow);
    expect(await story.turns()).toEqual(['opened failure enrich', 'resolved failure enrich']);
  });

  it('that the worker survives is over when it has gone on reporting', async () => {
    const story = new Story().hello().seconds(2, flow).event(thrown).seconds(2, flow);
    expect(story.open).toHaveLength(1);
    story.seconds(4, flow);
    expect(story.open).toEqual([]);
  });

  it('is no second incident beside an operator that was left undone, unless an error tells more', async () => {
    const left = lifecycleOf('failed', 13, [3]);
    const story = new Story().hello().seconds(1, flow).report(lost).event(left).seconds(5);
    expect(await story.turns()).toEqual(['opened left-undone enrich']);
    const thrower = new Story().hello().seconds(1, flow).report(lost).event(thrown).event(left).seconds(5);
    expect(await thrower.turns()).toEqual(['opened failure enrich', 'opened left-undone enrich']);
  });

  it('without an error is a bad exit code', async () => {
    const story = new Story().hello().seconds(1, flow).event(lifecycleOf('failed', 3));
    expect(story.open[0]?.summary).toBe('Worker w1 (job index) ended badly with exit code 3, and told no error.');
  });
});

describe('clocks', () => {
  it('an age that wavers around the threshold makes one incident and one close (S16)', async () => {
    const story = new Story().hello().seconds(31, hang);
    for (let round = 0; round < 20; round += 1) story.seconds(1, () => hang(29)).seconds(1, () => hang(31));
    for (let round = 0; round < 20; round += 1) story.seconds(1, () => hang(14)).seconds(1, () => hang(31));
    story.seconds(5, flow);
    expect(await story.turns()).toEqual(['opened operator-stalled enrich', 'resolved operator-stalled enrich']);
  });

  it('a monitor that was suspended for an hour finds nothing in the gap', async () => {
    const story = new Story()
      .hello()
      .hello('w2')
      .seconds(5, () => pipeline(14_000));
    story.report(flow(1), 'w2');
    story.monitor.workerDisconnected('w2', 'lost');
    story.clock.suspend(3_600_000);
    story.check();
    expect(await story.events()).toEqual([]);
    expect(story.monitor.graph('index')?.operators.every(({ verdict }) => verdict === 'unknown')).toBe(true);
    story.report(flow(2)).hello('w2').check();
    expect(await story.events()).toEqual([]);
  });

  it('a monitor that was suspended does not resolve on the first look after it', async () => {
    const story = new Story().hello().seconds(31, hang);
    story.clock.suspend(3_600_000);
    story.report(flow(1)).check();
    expect(story.open, 'one check is one check, however late').toHaveLength(1);
    story.seconds(2, flow);
    expect(story.open).toEqual([]);
  });

  it('the time of day may jump by an hour without an incident, and none is resolved by it (S26)', async () => {
    const story = new Story().hello().seconds(5, flow);
    story.clock.setBack(3_600_000);
    story.seconds(5, flow);
    story.clock.setBack(-7_200_000);
    story.seconds(5, flow);
    expect(await story.events()).toEqual([]);
    story.seconds(31, hang);
    story.clock.setBack(3_600_000);
    story.seconds(5, (second) => hang(31 + second));
    expect(await story.turns()).toEqual(['opened operator-stalled enrich']);
  });

  it('a stale report makes the verdict unknown, and neither opens nor resolves (S20)', async () => {
    const story = new Story().hello().seconds(31, hang).seconds(120);
    expect(await story.turns()).toEqual(['opened operator-stalled enrich']);
    expect(story.monitor.graph('index')?.operators[2]?.verdict).toBe('unknown');
    const quiet = new Story().hello().seconds(20, hang).seconds(120);
    const known = new Story()
      .hello()
      .seconds(16, hang)
      .answer({ await: awaitStack })
      .seconds(15, (s) => hang(16 + s));
    known.seconds(120).seconds(3, (second) => hang(151 + second));
    expect(known.requests, 'evidence of a standstill that goes on is kept while nothing is seen').toHaveLength(1);
    expect(await quiet.turns()).toEqual([]);
  });

  it('losing every third report does not keep a stall from being found, or a healthy worker healthy (S20)', async () => {
    const lossy = (words: (second: number) => ReportWords): Story => {
      const story = new Story().hello();
      for (let second = 1; second <= 45; second += 1)
        story.seconds(1, second % 3 === 0 ? undefined : () => words(second));
      return story;
    };
    expect(await lossy(hang).turns()).toEqual(['opened operator-stalled enrich']);
    expect(await lossy(flow).turns()).toEqual([]);
  });

  it('a report that arrives twice or late changes nothing', async () => {
    const story = new Story().hello().seconds(5, flow);
    story.monitor.reportReceived('w1', reportOf({ sequence: 2, ...hang(60) }));
    expect(await story.events()).toEqual([]);
  });
});

describe('a monitor that is started anew', () => {
  async function earlier(): Promise<Story> {
    const story = new Story()
      .hello()
      .seconds(16, hang)
      .answer({ await: awaitStack })
      .seconds(16, (s) => hang(16 + s));
    await story.monitor.settled();
    return story;
  }

  it('goes on with the same incident while the stall lasts, with its evidence, and resolves it after (S17)', async () => {
    const before = await earlier();
    const story = new Story();
    story.monitor.restore(before.open);
    story.seconds(20);
    expect(
      story.open.map(({ id }) => id),
      'nobody has reported yet',
    ).toEqual(before.open.map(({ id }) => id));
    story.hello().seconds(5, (second) => hang(60 + second));
    expect(await story.turns()).toEqual([]);
    expect(story.open[0]).toMatchObject({
      id: before.open[0]?.id,
      mechanism: 'await-pending',
      openedAt: before.open[0]?.openedAt,
    });
    expect(story.open[0]?.evidence.samples).toHaveLength(1);
    story.seconds(4, flow);
    expect(await story.turns()).toEqual(['resolved operator-stalled enrich']);
  });

  it('resolves what ended while it was away once reports show it, not before', async () => {
    const story = new Story();
    story.monitor.restore((await earlier()).open);
    story.seconds(10).hello().seconds(1);
    expect(story.open).toHaveLength(1);
    story.seconds(3, flow);
    expect(story.open).toEqual([]);
  });

  it('takes a lost worker as found when one that must be its successor connects', async () => {
    const before = new Story().hello('box-17').seconds(1, flow, 'box-17');
    before.monitor.workerDisconnected('box-17', 'lost');
    before.seconds(6);
    const story = new Story();
    story.monitor.restore(before.open);
    story.hello('box-16', { startedUnixNano: 1n }).seconds(5, flow, 'box-16');
    expect(story.open, 'an older process is nobody’s successor').toHaveLength(1);
    const startedUnixNano = BigInt(before.clock.unixMs() + 1000) * 1_000_000n;
    story.hello('box-18', { startedUnixNano }).seconds(3, flow, 'box-18');
    expect(story.open).toEqual([]);
  });
});

describe('plugins', () => {
  it('decide before the built-in classifiers do, and the incident does not wait for them (S29)', async () => {
    const story = new Story({
      classifiers: [
        { name: 'hangs', classify: () => new Promise(() => {}) },
        {
          name: 'throws',
          classify: () => {
            throw new Error('no idea');
          },
        },
        {
          name: 'ours',
          classify: async () => ({
            category: 'billing',
            mechanism: 'quota',
            confidence: 0.7,
            location: null,
            reasons: ['it is the 31st'],
          }),
        },
      ],
    })
      .hello()
      .seconds(30, hang);
    expect(await story.turns()).toEqual(['opened operator-stalled enrich']);
    expect(story.told[0]?.incident.classifier).toBe('unknown');
    story.seconds(2, (second) => hang(30 + second));
    await new Promise((resolve) => setImmediate(resolve));
    story.seconds(2, (second) => hang(32 + second));
    expect(story.open[0]).toMatchObject({ category: 'billing', mechanism: 'quota', classifier: 'ours' });
    expect(story.open[0]?.reasons).toEqual([
      'it is the 31st',
      'Classifier hangs was passed over: it gave no answer within 2 s',
      'Classifier throws was passed over: no idea',
    ]);
  });
});

describe('plugins for failures', () => {
  const label = (name: string, key: string, asked: string[]) => ({
    name,
    outputKeys: [key],
    classify: ({ finding, failure }: Case) => {
      asked.push(`${name} ${finding.rule}`);
      return { labels: { [key]: failure?.name ?? 'none' } };
    },
  });

  it('are asked of failures only, before the others, and the labels of all stand in the incident', async () => {
    const asked: string[] = [];
    const story = new Story({
      classifiers: [label('always', 'team', asked)],
      failureClassifiers: [label('failures', 'runbook', asked)],
    })
      .hello()
      .seconds(30, hang);
    await new Promise((resolve) => setImmediate(resolve));
    story.check();
    expect(story.open[0]?.labels).toEqual({ team: 'none' });
    story.event(failureOf('TypeError', 'x is not a function', ['user run /app/run.mjs:3'])).check();
    expect(story.open.find(({ type }) => type === 'failure')?.labels, 'nobody waits for them').toEqual({});
    await new Promise((resolve) => setImmediate(resolve));
    story.check();
    const failed = story.open.find(({ type }) => type === 'failure');
    expect(failed).toMatchObject({ classifier: 'uncaught-error', category: 'user' });
    expect(failed?.labels).toEqual({ runbook: 'TypeError', team: 'TypeError' });
    expect(asked.slice(-2)).toEqual(['failures failure', 'always failure']);
    story.clock.advance(1000);
    story.check();
    expect((await story.events()).filter((line) => line.startsWith('updated'))).toContain('updated failure');
  });
});

describe('a store that fails', () => {
  it('silences no alert, and gets the newest version once it works again', async () => {
    const story = new Story().hello();
    story.store.failing = true;
    story.seconds(31, hang);
    expect(await story.turns()).toEqual(['opened operator-stalled enrich']);
    expect(story.store.saved).toEqual([]);
    expect(story.monitor.counters().saveFailures).toBeGreaterThan(0);
    story.store.failing = false;
    story.seconds(3, (second) => hang(31 + second));
    await new Promise((resolve) => setImmediate(resolve));
    expect(story.store.saved.at(0)?.event).toBe('incident.opened');
    expect(story.store.saved.at(-1)?.incident).toEqual(story.told.at(-1)?.incident);
  });
});

describe('what strangers and hostile workers send', () => {
  it('is counted and harmless', () => {
    const story = new Story();
    story.monitor.reportReceived('nobody', reportOf({}));
    story.monitor.eventStored('nobody', failureOf('Error', 'x'));
    story.monitor.workerDisconnected('nobody', 'lost');
    expect(story.monitor.counters().strangers).toBe(2);
    expect(story.monitor.workers()).toEqual([]);
  });

  it('evidence for another worker’s request is not taken', () => {
    const story = new Story().hello().hello('w2', { host: 'else' }).seconds(16, hang);
    story.answer({ await: awaitStack }, 'w2').seconds(16, (second) => hang(16 + second));
    expect(story.open[0]?.mechanism).toBe('unknown');
    expect(story.monitor.counters().evidenceUnclaimed).toBe(1);
  });

  it('names with control characters do not reach a summary', () => {
    const story = new Story().hello('w1', { job: 'a\u001b[2Jb\n' });
    story.seconds(31, (second) => ({ operators: { 'x\r\ny': { state: 'busy', heldMs: second * 1000, inFlight: 1 } } }));
    expect(story.open[0]?.summary).not.toMatch(/\p{Cc}/u);
  });
});
