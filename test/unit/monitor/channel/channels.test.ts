import { describe, expect, it } from 'vitest';
import { ChannelBook } from '../../../../monitor/src/channel/channel-book.ts';
import { joinChannels } from '../../../../monitor/src/channel/join.ts';
import { Roster } from '../../../../monitor/src/model/roster.ts';
import type { EdgeView, GraphView } from '../../../../monitor/src/progress-monitor.ts';
import { helloOf, type OperatorWords, type PortWords, reportOf, Story } from '../../../support/story.ts';

type Position = PortWords['position'];

/** A worker that gives to a channel, and one that takes from it; second by second. */
interface Row {
  readonly story: string;
  /** Where each stands at a second; undefined: it has no port yet. null: the port has no position yet. */
  readonly gives?: (second: number) => Position | null;
  readonly takes: (second: number) => Position | null;
  /** What the taker knows to be in the channel. */
  readonly head?: (second: number) => Position;
  readonly taker?: OperatorWords;
  readonly channel?: string;
  /** The taker's reports end after this second; the giver's go on. */
  readonly takerSilentAfter?: number;
  readonly seconds: number;
  readonly lag: number | null;
  /** null: not known. */
  readonly delayMs: number | null;
  readonly atLeast?: boolean;
}

const rows: readonly Row[] = [
  {
    story: 'a taker that has reached the newest position is not late, however long nothing has come',
    gives: () => 100,
    takes: () => 100,
    seconds: 20,
    lag: 0,
    delayMs: 0,
  },
  {
    story: 'a taker that stands still is as late as the moment at which the giver stood where it stands',
    gives: (second) => 10 * second,
    takes: (second) => Math.min(50, 10 * second),
    seconds: 30,
    lag: 250,
    delayMs: 25_000,
  },
  {
    story: 'between two reports of the giver the earlier one counts',
    gives: (second) => 10 * second,
    takes: (second) => Math.min(59, 10 * second),
    seconds: 30,
    lag: 241,
    delayMs: 25_000,
  },
  {
    story: 'a taker that follows two seconds behind is two seconds late',
    gives: (second) => 10 * second,
    takes: (second) => Math.max(0, 10 * (second - 2)),
    seconds: 30,
    lag: 20,
    delayMs: 2000,
  },
  {
    story: 'what came after a long pause is no older than the pause',
    gives: (second) => (second < 28 ? 7 : 9),
    takes: () => 7,
    seconds: 30,
    lag: 2,
    delayMs: 3000,
  },
  {
    story: 'a taker that was behind before the giver was known is at least that late',
    gives: (second) => 1000 + second,
    takes: () => 5,
    seconds: 10,
    lag: 1005,
    delayMs: 9000,
    atLeast: true,
  },
  {
    story: 'a giver seen before its first message makes the age exact from the beginning',
    gives: (second) => (second < 5 ? null : second),
    takes: () => null,
    taker: { state: 'busy', pending: 6 },
    seconds: 10,
    lag: 6,
    delayMs: 6000,
  },
  {
    story: 'a taker that has never taken and for which nothing waits is not called late',
    gives: (second) => 1000 + second,
    takes: () => null,
    seconds: 10,
    lag: null,
    delayMs: null,
  },
  {
    story: 'positions with a second part are ordered by both, and their difference is no lag',
    gives: (second) => [1_700_000_000_000, second],
    takes: () => [1_700_000_000_000, 3],
    channel: 'redis-stream/orders',
    taker: { pending: 27 },
    seconds: 10,
    lag: 27,
    delayMs: 7000,
  },
  {
    story: 'positions that are times are no counts, also when their second part is 0',
    gives: (second) => 1_700_000_000_000 + 1000 * second,
    takes: () => 1_700_000_003_000,
    channel: 'redis-stream/orders',
    seconds: 10,
    lag: null,
    delayMs: 7000,
  },
  {
    story: 'the silence of a taker is time in which it has not moved',
    gives: (second) => 10 * second,
    takes: (second) => 10 * second,
    takerSilentAfter: 10,
    seconds: 30,
    lag: 200,
    delayMs: 20_000,
  },
  {
    story: 'a giver that is not watched is read off what the taker knows of the channel',
    takes: (second) => Math.min(50, 10 * second),
    head: (second) => 10 * second,
    seconds: 30,
    lag: 250,
    delayMs: 25_000,
  },
  {
    story: 'a head that the client library has not refreshed is no older than what was taken',
    takes: (second) => 10 * second,
    head: () => 3,
    seconds: 30,
    lag: 0,
    delayMs: 0,
  },
];

const idle: OperatorWords = { state: 'idle' };

function port(operator: string, direction: 'in' | 'out', channel: string, at: Position | null, head?: Position) {
  return {
    ...{ operator, direction, channel },
    ...(at == null ? {} : { position: at }),
    ...(head === undefined ? {} : { head }),
  };
}

function tell({ seconds, gives, takes, head, taker = { state: 'busy' }, ...row }: Row): GraphView {
  const channel = row.channel ?? 'kafka/orders/0';
  const story = new Story().hello('giver').hello('taker');
  for (let second = 1; second <= seconds; second += 1) {
    story.clock.advance(1000);
    if (gives !== undefined)
      story.report({ operators: { send: idle }, ports: [port('send', 'out', channel, gives(second))] }, 'giver');
    if (second <= (row.takerSilentAfter ?? seconds))
      story.report(
        { operators: { fetch: taker }, ports: [port('fetch', 'in', channel, takes(second), head?.(second))] },
        'taker',
      );
  }
  const graph = story.monitor.graph('index');
  if (graph === undefined) throw new Error('no graph');
  return graph;
}

describe('an edge between two processes', () => {
  it.each(rows)('$story', (row) => {
    const graph = tell(row);
    const [channel] = graph.channels;
    expect(channel).toMatchObject({ lag: row.lag, markerDelayMs: row.delayMs });
    if (row.gives === undefined) {
      expect(graph.edges).toEqual([]);
      expect(channel).toMatchObject({ producers: [], producerCount: 0, consumers: ['taker/1'] });
      return;
    }
    expect(graph.edges).toHaveLength(1);
    expect(graph.edges[0]).toMatchObject({
      source: 'giver/1',
      target: 'taker/1',
      worker: 'taker',
      queued: row.lag,
      markerDelayMs: row.delayMs,
      capacity: null,
      fill: null,
      position: 'count',
      channel: { channel: 'orders', partitions: 1, atLeast: row.atLeast ?? false },
    });
  });
});

/** Workers by name, each with one operator that has the given ports: `>channel` gives, `<channel` takes. */
function graphOf(
  workers: Readonly<Record<string, Readonly<Record<string, number>>>>,
  state: OperatorWords['state'] = 'busy',
  seconds = 5,
  speed = 0,
): { readonly story: Story; readonly graph: () => GraphView | undefined } {
  const story = new Story();
  for (const name of Object.keys(workers)) story.hello(name);
  for (let second = 1; second <= seconds; second += 1) {
    story.clock.advance(1000);
    for (const [name, ports] of Object.entries(workers)) {
      const told = Object.entries(ports).map(([way, at]) =>
        port(name, way.startsWith('>') ? 'out' : 'in', way.slice(1), way.startsWith('>') ? at + speed * second : at),
      );
      story.report({ operators: { [name]: { state } }, ports: told }, name);
    }
  }
  return { story, graph: () => story.monitor.graph('index') };
}

const shape = (graph: GraphView | undefined): string[] =>
  (graph?.edges ?? []).map(
    ({ source, target, channel }) => `${source}>${target} ${channel?.channel} ${channel?.partitions}`,
  );

describe('the channels of a job', () => {
  it('make one edge of all partitions between the same two operators, as late as the latest and with the sum of the lags', () => {
    const { graph } = graphOf({
      a: { '>kafka/orders/0': 10, '>kafka/orders/1': 20 },
      b: { '<kafka/orders/0': 9, '<kafka/orders/1': 15 },
    });
    expect(shape(graph())).toEqual(['a/1>b/1 orders 2']);
    expect(graph()?.edges[0]?.queued).toBe(6);
    expect(graph()?.channels.map(({ partition, lag, newest, reached }) => [partition, lag, newest, reached])).toEqual([
      ['0', 1, '10', '9'],
      ['1', 5, '20', '15'],
    ]);
  });

  it('join everybody who gives with everybody who takes, over several channels and with loops', () => {
    const { graph } = graphOf({
      a: { '>kafka/x': 1 },
      b: { '>kafka/x': 1, '<kafka/y': 1 },
      c: { '<kafka/x': 1, '>kafka/y': 1 },
      alone: { '>kafka/z': 1 },
    });
    expect(shape(graph())).toEqual(['a/1>c/1 x 1', 'b/1>c/1 x 1', 'c/1>b/1 y 1']);
    expect(graph()?.channels.find(({ channel }) => channel === 'z')).toMatchObject({ producerCount: 1, lag: null });
  });

  it('keep systems, channels and partitions apart, whatever their names are', () => {
    const { graph } = graphOf({ a: { '>kafka/x/y': 1 }, b: { '<kafka/x': 1 }, c: { '<nats/x/y': 1 } });
    expect(shape(graph())).toEqual([]);
  });

  it('are those of one job alone', () => {
    const { story } = graphOf({ a: { '>kafka/x': 1 } });
    story.hello('other', { job: 'other' });
    story.report({ operators: { b: {} }, ports: [port('b', 'in', 'kafka/x', 1)] }, 'other');
    expect(shape(story.monitor.graph('index'))).toEqual([]);
    expect(shape(story.monitor.graph('other'))).toEqual([]);
  });

  it('let the furthest of several idle consumers speak for all, and not for one that has work', () => {
    const workers = { a: { '>redis-stream/x': 100 }, b: { '<redis-stream/x': 1000 }, c: { '<redis-stream/x': 5 } };
    const delays = (state: OperatorWords['state']) =>
      graphOf(workers, state)
        .graph()
        ?.edges.map(({ markerDelayMs }) => markerDelayMs);
    expect(delays('idle')).toEqual([0, 0]);
    expect(delays('busy')).toEqual([0, 4000]);
  });

  it('stay with a worker that is lost as long as its snapshot does, and grow older', () => {
    const { story, graph } = graphOf({ a: { '>kafka/x': 50 }, b: { '<kafka/x': 40 } }, 'busy', 5, 1);
    story.monitor.workerDisconnected('a', 'lost');
    story.monitor.workerDisconnected('b', 'lost');
    story.clock.advance(60_000);
    expect(shape(graph())).toEqual(['a/1>b/1 x 1']);
    expect(graph()?.edges[0]).toMatchObject({ markerDelayMs: 64_000, closed: false });
  });

  it('show a worker that is missed beside those that are connected, and not one that has left', () => {
    const { story, graph } = graphOf({ a: { '>kafka/x': 1 }, b: { '<kafka/x': 1 }, c: { '<kafka/x': 1 } });
    story.monitor.workerDisconnected('a', 'lost');
    story.monitor.workerDisconnected('c', 'left');
    expect(shape(graph())).toEqual(['a/1>b/1 x 1']);
  });

  it('forget what a report no longer names, what another session had, and what moved to another channel', () => {
    const { story, graph } = graphOf({ a: { '>kafka/x': 1 }, b: { '<kafka/x': 1 } });
    const ports = (channel: string) => [port('a', 'out', channel, 3)];
    story.report({ operators: { a: {} }, ports: ports('kafka/other') }, 'a');
    expect(shape(graph())).toEqual([]);
    story.report({ operators: { a: {} }, ports: ports('kafka/x') }, 'a');
    expect(shape(graph())).toHaveLength(1);
    story.hello('a', { session: 'next' });
    expect(shape(graph())).toEqual([]);
    story.report({ operators: { a: {} }, ports: ports('kafka/x') }, 'a');
    story.report({ operators: { a: {} } }, 'a');
    expect(graph()?.channels).toMatchObject([{ producerCount: 0, consumerCount: 1 }]);
  });

  it('count messages without a position that could be read', () => {
    const story = new Story().hello();
    const unpositioned = (operator: string, direction: 'in' | 'out') => ({
      ...port(operator, direction, 'kafka/x', null),
      unpositioned: 3,
    });
    story.report({ operators: { a: {}, b: {} }, ports: [unpositioned('a', 'out'), unpositioned('b', 'in')] });
    expect(story.monitor.graph('index')?.channels).toMatchObject([{ unpositioned: 6, newest: null, reached: null }]);
  });

  it('have a bound for everything, and count what it leaves out', () => {
    const roster = new Roster({ maxWorkers: 100, maxOperators: 1000, keepDepartedMs: 1000, checkIntervalMs: 1000 });
    const book = new ChannelBook({ maxPorts: 30, maxHistories: 5 });
    const at = { monotonicMs: 0, unixMs: 0 };
    for (let worker = 0; worker < 20; worker += 1) {
      const name = `w${worker}`;
      roster.connect(helloOf(name), at);
      const ports = [port('o', 'out', `kafka/x/${worker % 2}`, 1), port('o', 'in', `kafka/x/${worker % 2}`, 1)];
      const window = roster.report(name, reportOf({ operators: { o: {} }, ports }), at);
      if (window !== undefined) book.update(window);
    }
    expect(book.counters).toEqual({ ports: 10, histories: 10 });
    const join = (maxEdges: number, maxChannels: number, maxPairs: number) =>
      joinChannels(book.partitions('index'), (worker) => roster.get(worker), 0, { maxEdges, maxChannels, maxPairs });
    expect(join(1000, 10, 1000)).toMatchObject({ edgesOmitted: 0, partitionsOmitted: 0 });
    expect(join(10, 10, 1000)).toMatchObject({ edgesOmitted: 103, edges: { length: 10 } });
    expect(join(1000, 10, 20)).toMatchObject({ edgesOmitted: 93, edges: { length: 20 } });
    expect(join(1000, 1, 1000)).toMatchObject({ partitionsOmitted: 1, partitions: { length: 1 } });
    for (let worker = 0; worker < 20; worker += 1) book.forget(`w${worker}`);
    expect([...book.partitions('index')]).toEqual([]);
  });

  it('are joined for two hundred producers and as many consumers of ten partitions in a second of processor time at most', () => {
    const workers: Record<string, Record<string, number>> = {};
    for (let at = 0; at < 200; at += 1) {
      const partitions = Array.from({ length: 10 }, (_, partition) => `>kafka/x/${partition}`);
      workers[`p${at}`] = Object.fromEntries(partitions.map((way) => [way, 10]));
      workers[`c${at}`] = { [`<kafka/x/${at % 10}`]: 5 };
    }
    const { graph } = graphOf(workers, 'busy', 3, 1);
    const took = [1, 2, 3].map(() => {
      const before = process.cpuUsage();
      const edges: readonly EdgeView[] = graph()?.edges ?? [];
      expect(edges).toHaveLength(5000);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    });
    console.info(`graph of 400 workers and 40,000 pairs: ${Math.min(...took).toFixed(1)} ms of processor time`);
    expect(Math.min(...took)).toBeLessThan(1000);
  });
});
