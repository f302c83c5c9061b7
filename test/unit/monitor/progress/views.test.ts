import { describe, expect, it } from 'vitest';
import { type ReportWords, Story } from '../../../support/story.ts';

const flow = (second: number): ReportWords => ({
  operators: {
    src: { kind: 'source', state: 'backpressured', completed: 100 * second },
    map: { state: 'busy', completed: 50 * second, inFlight: 3, busyMs: 900 * second, idleMs: 100 * second },
    sink: { kind: 'sink', state: 'idle', completed: 50 * second, idleMs: 1000 * second },
  },
  edges: { 'src>map': { queued: 15 }, 'map>sink': { capacity: 0 } },
});

describe('the views', () => {
  it('call an operator slow that completes while its input is full, with rate and time to drain, and open nothing', async () => {
    const story = new Story().hello().seconds(10, flow);
    const graph = story.monitor.graph('index');
    expect(graph?.operators.map(({ verdict }) => verdict)).toEqual(['backpressured', 'slow', 'idle']);
    expect(graph?.operators[1]).toMatchObject({
      id: 'w1/2',
      completedPerSecond: 50,
      drainSeconds: 0.3,
      recordsIn: 500,
      inFlight: 3,
      ratios: { busy: 0.9, idle: 0.1, backpressured: 0, paused: 0 },
      timeSeconds: { busy: 9, idle: 1, backpressured: 0, paused: 0 },
      reportAgeMs: 0,
    });
    expect(graph?.operators[0]).toMatchObject({ recordsIn: 0, recordsOut: 1000 });
    expect(graph?.edges).toMatchObject([
      { source: 'w1/1', target: 'w1/2', fill: 15 / 16 },
      { source: 'w1/2', target: 'w1/3', capacity: null, fill: null },
    ]);
    expect(await story.events()).toEqual([]);
  });

  it('show what the legs of a consumer tell, additive to the rest, and no delay on an edge that no marker crosses', () => {
    const story = new Story().hello().seconds(1, () => ({
      operators: {
        fetch: { kind: 'source', leg: 'fetch', state: 'paused', pauseReason: 'consumer.pause()', pending: 7 },
        handle: { leg: 'handle', state: 'busy', oldestMs: 2000, oldestKey: 'orders/3@1042', failures: 2, thread: 3 },
        log: { kind: 'sink', disconnectedMs: 900, lastFailure: 'refused', pauseReason: 'of an earlier pause' },
      },
      edges: { 'fetch>handle': {}, 'handle>log': { position: 'none' } },
    }));
    const graph = story.monitor.graph('index');
    const absent = { leg: null, thread: 0, oldest: null, pauseReason: '', pending: null, failures: 0, lastFailure: '' };
    expect(graph?.operators).toMatchObject([
      { ...absent, leg: 'fetch', pauseReason: 'consumer.pause()', pending: 7, verdict: 'paused', disconnectedMs: 0 },
      { ...absent, leg: 'handle', oldest: { ageMs: 2000, key: 'orders/3@1042' }, failures: 2, thread: 3 },
      { ...absent, disconnectedMs: 900, lastFailure: 'refused' },
    ]);
    expect(graph?.edges).toMatchObject([
      { position: 'count', markerDelayMs: 0 },
      { position: 'none', markerDelayMs: null },
    ]);
  });

  it('show culprit and victims by their verdict', () => {
    const story = new Story().hello().seconds(31, (second) => ({
      operators: {
        src: { kind: 'source', state: 'backpressured' },
        map: { state: 'busy', heldMs: second * 1000, inFlight: 1 },
        same: { id: 7, state: 'idle' },
      },
      edges: { 'src>map': { queued: 16 } },
    }));
    expect(story.monitor.graph('index')?.operators.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['src', 'victim'],
      ['map', 'stalled'],
      ['same', 'idle'],
    ]);
  });

  it('carry the age of the report behind them, and say unknown when it is too old', () => {
    const story = new Story().hello().seconds(2, flow);
    story.clock.advance(1500);
    expect(story.monitor.worker('w1')).toMatchObject({ reportAgeMs: 1500, state: 'connected' });
    expect(story.monitor.graph('index')).toMatchObject({ reportAgeMs: 1500 });
    story.clock.advance(501);
    expect(story.monitor.graph('index')?.operators.map(({ verdict }) => verdict)).toEqual([
      'unknown',
      'unknown',
      'unknown',
    ]);
  });

  it('show jobs with their workers, and know no job that nobody runs', () => {
    const story = new Story().hello('w1').hello('w2', { job: 'other' }).seconds(1, flow, 'w1');
    expect(story.monitor.jobs().map(({ job, state, workers, operators }) => [job, state, workers, operators])).toEqual([
      ['index', 'running', 1, 3],
      ['other', 'running', 1, 0],
    ]);
    expect(story.monitor.job('nobody')).toBeUndefined();
    expect(story.monitor.graph('nobody')).toBeUndefined();
    expect(story.monitor.worker('nobody')).toBeUndefined();
    story.monitor.workerDisconnected('w1', 'left');
    expect(story.monitor.job('index')).toMatchObject({ state: 'finished', workersConnected: 0, reportAgeMs: null });
    expect(story.monitor.worker('w1')?.operators, 'the last view stays').toHaveLength(3);
  });

  it('leave out operators that a report no longer names', () => {
    const story = new Story()
      .hello()
      .seconds(1, flow)
      .seconds(1, () => ({ operators: { sink: { id: 3 } } }));
    expect(story.monitor.worker('w1')?.operators.map(({ name }) => name)).toEqual(['sink']);
  });
});

describe('a sample on request', () => {
  it('resolves with the event that answers it', async () => {
    const story = new Story().hello().seconds(1, flow);
    const sample = story.monitor.sample('w1', { kinds: ['cpu', 'await'], durationMs: 50.4, operator: 'map' }, 5000);
    expect(story.requests[0]?.request).toMatchObject({ operatorId: 2, durationMillis: 50 });
    story.answer({ cpu: ['user f /app/f.mjs:1'] });
    expect((await sample).payload.case).toBe('evidence');
    expect(story.clock.timers).toBe(0);
  });

  it('is refused with a code when nobody can answer, and ends after its time', async () => {
    const story = new Story().hello().seconds(1, flow);
    const unknown = story.monitor.sample('w1', { kinds: [], durationMs: 0, operator: 'nobody' }, 1000);
    await expect(unknown).rejects.toMatchObject({ code: 'SG_MONITOR_NOT_FOUND' });
    const late = story.monitor.sample('w1', { kinds: [], durationMs: 0 }, 1000);
    story.clock.advance(1000);
    await expect(late).rejects.toMatchObject({ code: 'SG_MONITOR_WORKER_UNAVAILABLE' });
    story.connected = false;
    const away = story.monitor.sample('w1', { kinds: [], durationMs: 0 }, 1000);
    await expect(away).rejects.toMatchObject({ code: 'SG_MONITOR_WORKER_UNAVAILABLE' });
  });

  it('is refused when too many are awaited already', async () => {
    const story = new Story().hello();
    const waiting = Array.from({ length: 64 }, () => story.monitor.sample('w1', { kinds: [], durationMs: 0 }, 1000));
    await expect(story.monitor.sample('w1', { kinds: [], durationMs: 0 }, 1000)).rejects.toMatchObject({
      code: 'SG_MONITOR_TOO_MANY',
    });
    story.clock.advance(1000);
    expect((await Promise.allSettled(waiting)).every(({ status }) => status === 'rejected')).toBe(true);
  });
});

describe('the severity of a stall', () => {
  const stuck = (second: number): ReportWords => ({
    operators: {
      src: { kind: 'source', state: 'backpressured' },
      map: { state: 'busy', heldMs: second * 1000, inFlight: 1 },
      stray: { kind: 'sink' },
    },
    edges: { 'src>map': {} },
  });

  it('is critical when no path of the job is left, also not in another worker', () => {
    expect(new Story().hello().seconds(31, stuck).open[0]?.severity).toBe('critical');
  });

  it('is an error while another worker of the job goes on, and becomes critical with it', () => {
    const story = new Story().hello('w1').hello('w2');
    for (let second = 1; second <= 31; second += 1)
      story.report(flow(second), 'w2').seconds(1, () => stuck(second), 'w1');
    expect(story.open.map(({ worker, severity }) => [worker, severity])).toEqual([['w1', 'error']]);
    story.monitor.workerDisconnected('w2', 'left');
    story.seconds(2, (second) => stuck(31 + second), 'w1');
    expect(story.open[0]?.severity).toBe('critical');
  });

  it('becomes critical when the worker that goes on takes up another job', () => {
    const story = new Story().hello('w1').hello('w2').report(flow(1), 'w2');
    story.hello('w2', { job: 'another', session: 's2' });
    expect(story.seconds(31, stuck, 'w1').open[0]?.severity).toBe('critical');
  });
});

describe('the cost of a check', () => {
  it('of a thousand workers with twenty operators each is far below a tenth of a second', () => {
    const story = new Story();
    const operators = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`o${index}`, { state: 'busy' as const, completed: index }]),
    );
    const edges = Object.fromEntries(Array.from({ length: 19 }, (_, index) => [`o${index}>o${index + 1}`, {}]));
    for (let worker = 0; worker < 1000; worker += 1)
      story.hello(`w${worker}`).report({ operators, edges }, `w${worker}`);
    const took = [1, 2, 3, 4, 5].map(() => {
      story.clock.advance(100);
      const before = performance.now();
      story.check();
      return performance.now() - before;
    });
    expect(Math.min(...took)).toBeLessThan(100);
    console.info(`check of 1000 workers x 20 operators: ${Math.min(...took).toFixed(1)} ms`);
  });
});
