import { describe, expect, it } from 'vitest';
import type { Incident } from '../../../../monitor/src/incident/incident.ts';
import { type OperatorWords, type PortWords, type ReportWords, Story } from '../../../support/story.ts';

const out = (operator: string, channel = 'kafka/orders/0'): PortWords => ({ operator, direction: 'out', channel });
const into = (operator: string, channel = 'kafka/orders/0'): PortWords => ({ operator, direction: 'in', channel });

/** What a worker reports when everything behind has been without work for so long. */
const idle = (second: number): OperatorWords => ({ state: 'idle', progressAgeMs: second * 1000 });
const held = (second: number): OperatorWords => ({ state: 'busy', heldMs: second * 1000, inFlight: 1 });
const moves: OperatorWords = { state: 'busy', heldMs: 5, inFlight: 1 };

type Told = (second: number) => ReportWords;

/** A worker whose map hangs, and whose send gives nothing since. */
const hung: Told = (second) => ({
  operators: { map: held(second), send: { ...idle(second), kind: 'sink', passedEpoch: 50 } },
  edges: { 'map>send': {} },
  ports: [out('send')],
});

/** A consumer that has had nothing to do. */
const starving: Told = (second) => ({
  operators: { fetch: { ...idle(second), kind: 'source' }, handle: idle(second) },
  edges: { 'fetch>handle': {} },
  ports: [into('fetch')],
});

/** All workers report each second and are checked; those of lost go after the second that is named. */
function tell(
  workers: Readonly<Record<string, Told>>,
  seconds = 32,
  lost: Readonly<Record<string, number>> = {},
): Story {
  const story = new Story();
  for (const name of Object.keys(workers)) story.hello(name);
  for (let second = 1; second <= seconds; second += 1) {
    story.clock.advance(1000);
    for (const [name, told] of Object.entries(workers)) {
      if (second <= (lost[name] ?? seconds)) story.report(told(second), name);
      if (second === lost[name]) story.monitor.workerDisconnected(name, 'lost');
    }
    story.check();
  }
  return story;
}

const waiting = (incident: Incident | undefined): string[] =>
  (incident?.victims ?? []).map(({ worker, operator }) => `${worker} ${operator}`);

const lines = (story: Story): string[] =>
  story.open.map(
    (incident) => `${incident.rule} ${incident.worker} ${incident.operator}: ${waiting(incident).join(', ')}`,
  );

describe('who waits in other processes', () => {
  it('are the consumers of what stands, and those behind them, named with their workers and shown as victims', () => {
    const story = tell({ a: hung, b: starving });
    expect(lines(story)).toEqual(['operator-stalled a map: a send, b fetch, b handle']);
    expect(story.monitor.graph('index')?.operators.map(({ worker, name, verdict }) => [worker, name, verdict])).toEqual(
      [
        ['a', 'map', 'stalled'],
        ['a', 'send', 'victim'],
        ['b', 'fetch', 'victim'],
        ['b', 'handle', 'victim'],
      ],
    );
    expect(story.open[0]?.summary).toMatch(/; 3 operators wait for it\.$/);
  });

  it('are found through any number of processes, and also around a loop', () => {
    const middle: Told = (second) => ({
      operators: { take: idle(second), give: idle(second) },
      edges: { 'take>give': {} },
      ports: [into('take'), out('give', 'nats-jetstream/done')],
    });
    const last: Told = (second) => ({
      operators: { end: idle(second), again: idle(second) },
      edges: { 'end>again': {} },
      ports: [into('end', 'nats-jetstream/done'), out('again')],
    });
    const [line] = lines(tell({ a: hung, b: middle, c: last }));
    expect(line).toBe('operator-stalled a map: a send, b take, b give, c end, c again');
  });

  it('are found through a worker that sends what it takes by code that is not followed', () => {
    const stage: Told = (second) => ({
      operators: {
        fetch: { ...idle(second), kind: 'source' },
        handle: idle(second),
        send: { ...idle(second), leg: 'produce' },
      },
      edges: { 'fetch>handle': {} },
      ports: [into('fetch'), out('send', 'kafka/done')],
    });
    const sink: Told = (second) => ({ operators: { last: idle(second) }, ports: [into('last', 'kafka/done')] });
    const waits = 'b fetch, b handle, b send, c last';
    expect(lines(tell({ a: hung, b: stage, c: sink }))).toEqual([`operator-stalled a map: a send, ${waits}`]);
    const hangs: Told = (second) => ({
      ...stage(second),
      operators: { ...stage(second).operators, handle: held(second) },
    });
    expect(lines(tell({ b: hangs, c: sink }))).toEqual(['operator-stalled b handle: b send, c last']);
    const other: Told = (second) => {
      const { operators, ports = [], ...rest } = stage(second);
      return { ...rest, operators: { ...operators, more: moves }, ports: [...ports, into('more', 'kafka/x')] };
    };
    expect(lines(tell({ a: hung, b: other, c: sink }))).toEqual(['operator-stalled a map: a send, b fetch, b handle']);
  });

  it('are those of a producer that is lost', () => {
    const story = tell(
      { a: () => ({ operators: { send: moves }, ports: [out('send')] }), b: (second) => starving(second - 4) },
      20,
      {
        a: 4,
      },
    );
    expect(lines(story)).toEqual(['worker-lost a : b fetch, b handle']);
  });

  it('are those of a producer whose event loop is blocked, whatever runs in it', () => {
    const blocked: Told = (second) => ({
      operators: { spin: { state: 'busy', inFlight: 1 }, send: { state: 'idle' } },
      loop: { silentMs: second * 1000, blockedMs: second * 1000, running: 'spin' },
      ports: [out('send')],
    });
    expect(lines(tell({ a: blocked, b: starving }, 5))).toEqual(['loop-blocked a spin: b fetch, b handle']);
  });

  it('are those of a producer that has lost its connection', () => {
    const cut: Told = (second) => ({
      operators: { send: { state: 'busy', inFlight: 1, leg: 'produce', disconnectedMs: second * 1000 } },
      ports: [out('send')],
    });
    expect(lines(tell({ a: cut, b: starving }))).toEqual(['connection-lost a send: b fetch, b handle']);
  });

  const healthy: Told = () => ({ operators: { send: moves }, ports: [out('send')] });
  const elsewhere: Told = () => ({ operators: { send: moves }, ports: [out('send', 'kafka/orders/1')] });
  const alone = 'operator-stalled a map: a send';

  it.each<[string, Record<string, Told>, readonly string[]]>([
    ['a consumer that a healthy producer has fed as well', { a: hung, b: starving, c: healthy }, [alone]],
    [
      'a producer of another partition feeds nobody here',
      { a: hung, b: starving, c: elsewhere },
      ['operator-stalled a map: a send, b fetch, b handle'],
    ],
    [
      'two producers that stand both keep it waiting',
      { a: hung, b: starving, c: hung },
      ['operator-stalled a map: a send, b fetch, b handle', 'operator-stalled c map: c send, b fetch, b handle'],
    ],
    [
      'a consumer that has just had something',
      { a: hung, b: () => ({ operators: { fetch: idle(1) }, ports: [into('fetch')] }) },
      [alone],
    ],
    [
      'a consumer that is at work',
      { a: hung, b: () => ({ operators: { fetch: moves }, ports: [into('fetch')] }) },
      [alone],
    ],
    [
      'a consumer that is paused',
      {
        a: hung,
        b: (second) => ({ operators: { fetch: { ...idle(second), state: 'paused' } }, ports: [into('fetch')] }),
      },
      [alone],
    ],
    [
      'a consumer that takes from another channel, too, which is fed',
      {
        a: hung,
        b: (second) => ({
          operators: { fetch: idle(second) },
          ports: [into('fetch'), into('fetch', 'kafka/orders/1')],
        }),
        c: elsewhere,
      },
      [alone],
    ],
    [
      'a consumer of another channel',
      { a: hung, b: (second) => ({ ...starving(second), ports: [into('fetch', 'kafka/x')] }) },
      [alone],
    ],
    [
      'behind a consumer, who gets records from elsewhere as well',
      {
        a: hung,
        b: (second) => ({
          operators: { fetch: idle(second), timer: idle(second), handle: idle(second) },
          edges: { 'fetch>handle': {}, 'timer>handle': {} },
          ports: [into('fetch')],
        }),
      },
      ['operator-stalled a map: a send, b fetch'],
    ],
    [
      'a consumer of a producer that stalls for nobody: what it gives does not come from the one that stands',
      {
        a: (second) => ({ operators: { map: held(second), send: moves }, ports: [out('send')] }),
        b: starving,
      },
      ['operator-stalled a map: '],
    ],
  ])('%s', (_, workers, expected) => {
    expect(lines(tell(workers)).sort()).toEqual([...expected].sort());
  });

  it('are not those of a worker of which no reports come', () => {
    expect(lines(tell({ a: hung, b: starving }, 32, { b: 20 })).sort()).toEqual([alone, 'worker-lost b : ']);
  });

  it('are none when the broker has stopped: each worker has lost its own connection', () => {
    const cut =
      (told: Told): Told =>
      (second) => {
        const { operators, ...rest } = told(second);
        const away = Object.entries(operators ?? {}).map(([name, words], index) => [
          name,
          index === 0 ? { ...words, leg: 'fetch' as const, disconnectedMs: second * 1000 } : words,
        ]);
        return { ...rest, operators: Object.fromEntries(away) };
      };
    const producer: Told = (second) => ({ operators: { send: idle(second) }, ports: [out('send')] });
    expect(lines(tell({ a: cut(producer), b: cut(starving) })).sort()).toEqual([
      'connection-lost a send: ',
      'connection-lost b fetch: b handle',
    ]);
  });

  it('stay in the incident between two checks, and go when they have work again', () => {
    const story = tell({ a: hung, b: starving });
    story.report(hung(33), 'a');
    expect(waiting(story.open[0])).toEqual(['a send', 'b fetch', 'b handle']);
    story.clock.advance(1000);
    story.report({ operators: { fetch: moves }, ports: [into('fetch')] }, 'b').check();
    expect(waiting(story.open[0])).toEqual(['a send']);
  });
});

describe('a producer whose consumers are paused', () => {
  const stuck =
    (words: OperatorWords = {}): Told =>
    (second) => ({
      operators: { send: { ...held(second), kind: 'sink', leg: 'produce', ...words } },
      ports: [out('send')],
    });
  const consumer =
    (state: 'paused' | 'idle', more: OperatorWords = {}): Told =>
    () => ({
      operators: { fetch: { state, leg: 'fetch', pauseReason: 'maintenance', ...more } },
      ports: [into('fetch')],
    });

  it.each<[string, Record<string, Told>, readonly string[]]>([
    ['is not blamed, and neither are they', { a: stuck(), b: consumer('paused', { pending: 1e6 }) }, []],
    [
      'is blamed when one of them is not',
      { a: stuck(), b: consumer('paused'), c: consumer('idle') },
      ['operator-stalled a send: '],
    ],
    [
      'is blamed when the broker refuses what it sends',
      { a: (s) => stuck({ failures: s })(s), b: consumer('paused') },
      ['operator-stalled a send: '],
    ],
    ['is blamed when nobody is known who takes', { a: stuck() }, ['operator-stalled a send: ']],
  ])('%s', (_, workers, expected) => {
    expect(lines(tell(workers))).toEqual(expected);
  });

  it('leaves the reason of the pause to be seen', () => {
    const story = tell({ b: consumer('paused', { pending: 9 }) }, 3);
    expect(story.monitor.worker('b')?.operators).toMatchObject([
      { verdict: 'paused', pauseReason: 'maintenance', pending: 9 },
    ]);
  });
});

describe('what an incident says of', () => {
  const consumer: PortWords[] = [{ operator: 'fetch', direction: 'in', channel: 'redis-stream/orders' }];
  const told = async (words: Told): Promise<Incident> => {
    const story = tell({ w1: words }, 32);
    await story.monitor.settled();
    const [opened] = story.told;
    if (opened === undefined) throw new Error('nothing was told');
    return opened.incident;
  };

  it('a lost connection: the step, the broker, the channel, and no line', async () => {
    const incident = await told((second) => ({
      operators: { fetch: { leg: 'fetch', disconnectedMs: second * 1000, lastFailure: 'connect ECONNREFUSED.' } },
      ports: consumer,
    }));
    expect(incident).toMatchObject({
      type: 'stall',
      mechanism: 'disconnected',
      category: 'dependency',
      confidence: 0.9,
      rule: 'connection-lost',
      evidence: { location: null, missing: [] },
    });
    expect(incident.summary).toBe(
      'fetch (worker w1, job index) has had no connection to redis-stream orders for 30 s, so it cannot fetch; the last failure was: connect ECONNREFUSED.',
    );
    expect(incident.help).toMatch(/^Look whether the broker runs/);
  });

  it('commits that fail: what failed last, and how often', async () => {
    const incident = await told((second) => ({
      operators: {
        commit: {
          ...held(second),
          leg: 'commit',
          failures: second,
          lastFailure: 'NOAUTH Authentication required\u202e',
        },
      },
    }));
    expect(incident).toMatchObject({ mechanism: 'failing', category: 'dependency', classifier: 'failing' });
    expect(incident.evidence.loop).toMatchObject({ failures: 30, failuresSinceProgress: 29, leg: 'commit' });
    expect(incident.summary).toBe(
      'commit (worker w1, job index) has not completed a record for 30 s: commits fail: NOAUTH Authentication required\ufffd.',
    );
  });

  it('a handler that throws: it is the project’s own', async () => {
    const incident = await told((second) => ({
      operators: { handle: { ...held(second), leg: 'handle', failures: second, lastFailure: 'TypeError: x' } },
    }));
    expect(incident).toMatchObject({ mechanism: 'failing', category: 'user' });
    expect(incident.summary).toMatch(/: calls fail: TypeError: x\.$/);
  });

  it('a handler that hangs: the record that it holds and for how long', async () => {
    const incident = await told((second) => ({
      operators: {
        handle: { ...held(second), leg: 'handle', oldestKey: 'orders/3@1042', oldestMs: second * 1000 + 2000 },
      },
    }));
    expect(incident.summary).toBe(
      'handle (worker w1, job index) has not completed a record for 30 s and holds orders/3@1042 for 32 s: why is not known yet.',
    );
    expect(incident.evidence.loop).toMatchObject({ oldestKey: 'orders/3@1042', oldestMs: 32_000 });
  });

  it('a fetch that gets nothing: how much waits', async () => {
    const incident = await told((second) => ({
      operators: { fetch: { ...held(second), kind: 'source', leg: 'fetch', pending: 7 } },
    }));
    expect(incident.summary).toMatch(/has not completed a record for 30 s although 7 wait in the broker: /);
  });

  it('one stuck record: its name and age, as a warning that is no stall', async () => {
    const incident = await told((second) => ({
      operators: {
        handle: {
          ...{ state: 'busy', heldMs: 3, inFlight: 8, completed: second * 100, leg: 'handle' },
          ...{ oldestMs: second * 1000, markerAgeMs: second * 1000, oldestKey: 'orders/3@1042' },
        },
      },
    }));
    expect(incident).toMatchObject({ type: 'progress', rule: 'record-stuck', severity: 'warning' });
    expect(incident.summary).toBe('handle (worker w1, job index) holds orders/3@1042 for 30 s while others go on.');
    expect(incident.help).toMatch(/^Look at that record/);
  });
});

describe('the cost of a check', () => {
  it('of a thousand workers that have all lost their connection to one channel stays below a second of processor time', () => {
    const workers: Record<string, Told> = {};
    for (let at = 0; at < 500; at += 1) {
      workers[`p${at}`] = () => ({
        operators: { send: { leg: 'produce', state: 'busy', disconnectedMs: 40_000 } },
        ports: [out('send')],
      });
      workers[`c${at}`] = () => ({
        operators: { fetch: { ...idle(40), leg: 'fetch' } },
        ports: [into('fetch')],
      });
    }
    const story = tell(workers, 2);
    expect(story.open).toHaveLength(500);
    const took = [1, 2, 3].map(() => {
      story.clock.advance(100);
      const before = process.cpuUsage();
      story.check();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    });
    console.info(
      `check of 1000 workers with 500 lost connections: ${Math.min(...took).toFixed(1)} ms of processor time`,
    );
    expect(Math.min(...took)).toBeLessThan(1000);
  });
});
