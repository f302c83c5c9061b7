import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockWindowMs } from '../../monitor/src/model/worker-clock.ts';
import { Story } from '../support/story.ts';

const seconds = 150;
/** Drift of a clock, parts per million either way. */
const mostDriftPpm = 100;
/** What two reports of one clock may lie apart in the filter's window for that. */
const driftMs = Math.ceil(2 * mostDriftPpm * 1e-6 * (clockWindowMs + 10_000));
/** Reports of which the fastest counts: so many late ones in a row are taken for a clock that has stood still. */
const recentReports = 8;
/** What the history may add to an age for want of room. */
const thinning = 1 / 8;

/** Mostly quick, sometimes seconds late: reports queue behind each other, as in one connection. */
const latencies = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 30 }) },
    { weight: 1, arbitrary: fc.integer({ min: 30, max: 3000 }) },
  ),
  { minLength: seconds, maxLength: seconds },
);

const worker = fc.record({
  latencies,
  skewMs: fc.integer({ min: 0, max: 1e9 }),
  driftPpm: fc.integer({ min: -mostDriftPpm, max: mostDriftPpm }),
  phaseMs: fc.integer({ min: 0, max: 999 }),
});

const scenario = fc.record({
  giver: worker,
  taker: worker,
  /** Messages that are given per second, spread over it. */
  given: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: seconds, maxLength: seconds }),
  /** Share of what waits that the taker takes in a second. */
  taken: fc.array(fc.constantFrom(0, 0, 0.5, 1), { minLength: seconds, maxLength: seconds }),
  /** The giver's process stands still: it gives and reports nothing. With its machine its clock stands still, too. */
  sleep: fc.record({
    fromSecond: fc.integer({ min: 1, max: seconds }),
    seconds: fc.integer({ min: 0, max: 40 }),
    clockStops: fc.boolean(),
  }),
});

interface Arrival {
  readonly worker: 'giver' | 'taker';
  readonly madeMs: number;
  readonly arrivesMs: number;
  /** What the worker's own clock said. */
  readonly workerMs: number;
  /** The least delay of this report and those just before it. */
  readonly leastDelayMs: number;
}

describe('the age of what a process has not reached', () => {
  it(`is off by no more than one report, the delay of the fastest of eight reports, and ${driftMs} ms for clocks that drift by ${mostDriftPpm} ppm`, () => {
    let checks = 0;
    fc.assert(
      fc.property(scenario, ({ giver, taker, given, taken, sleep }) => {
        const asleep = (second: number): boolean =>
          second >= sleep.fromSecond && second < sleep.fromSecond + sleep.seconds;
        const sleptMs = (ms: number): number =>
          sleep.clockStops ? Math.min(Math.max(0, ms - sleep.fromSecond * 1000), sleep.seconds * 1000) : 0;
        const givenAtMs = given.flatMap((count, second) =>
          asleep(second) ? [] : Array.from({ length: count }, (_, index) => second * 1000 + index * 180 + 7),
        );
        const givenBy = (ms: number): number => givenAtMs.filter((at) => at <= ms).length;
        const arrivals = [
          ...arrivalsOf('giver', giver, asleep, sleptMs),
          ...arrivalsOf(
            'taker',
            taker,
            () => false,
            () => 0,
          ),
        ].sort((left, right) => left.arrivesMs - right.arrivesMs);
        const story = new Story().hello('giver').hello('taker');
        const startMs = story.clock.monotonicMs();
        let reached = 0;
        let giverMadeMs = -1;
        let worstDelayMs = 0;
        for (const arrival of arrivals) {
          story.clock.advance(startMs + arrival.arrivesMs - story.clock.monotonicMs());
          const isGiver = arrival.worker === 'giver';
          const second = Math.floor(arrival.madeMs / 1000);
          if (!isGiver) reached += Math.floor((givenBy(arrival.madeMs) - reached) * (taken[second] ?? 0));
          story.report(
            {
              monotonicMs: arrival.workerMs,
              operators: { only: { state: 'busy' } },
              ports: [
                {
                  ...{ operator: 'only', direction: isGiver ? 'out' : 'in', channel: 'kafka/orders/0' },
                  position: isGiver ? givenBy(arrival.madeMs) : reached,
                },
              ],
            },
            arrival.worker,
          );
          worstDelayMs = Math.max(worstDelayMs, arrival.leastDelayMs);
          if (isGiver) giverMadeMs = arrival.madeMs;
          if (isGiver || giverMadeMs < 0) continue;
          const [edge] = story.monitor.graph('index')?.edges ?? [];
          if (edge?.markerDelayMs == null || edge.channel?.atLeast === true) continue;
          checks += 1;
          const oldestMs = givenAtMs[reached];
          const trueMs = oldestMs === undefined || oldestMs > arrival.madeMs ? 0 : arrival.madeMs - oldestMs;
          const errorMs = edge.markerDelayMs - trueMs;
          const unseenMs = edge.markerDelayMs === 0 ? Math.max(0, arrival.madeMs - giverMadeMs) : 0;
          expect(errorMs, 'too small').toBeGreaterThanOrEqual(-unseenMs - worstDelayMs - driftMs);
          // Where its clock stood still it may also have given, so that time may be counted twice.
          const standstillMs = sleep.seconds * 1000 * (sleep.clockStops ? 2 : 1);
          const lateMs = 1000 + standstillMs + worstDelayMs + driftMs;
          expect(errorMs, 'too large').toBeLessThanOrEqual(lateMs + thinning * (trueMs + lateMs));
        }
      }),
      { numRuns: 100 },
    );
    expect(checks).toBeGreaterThan(2000);
    // A hundred stories of a minute each: some seconds, on a busy machine twenty.
  }, 120_000);
});

function arrivalsOf(
  name: Arrival['worker'],
  {
    latencies: delays,
    skewMs,
    driftPpm,
    phaseMs,
  }: { latencies: number[]; skewMs: number; driftPpm: number; phaseMs: number },
  asleep: (second: number) => boolean,
  sleptMs: (ms: number) => number,
): Arrival[] {
  const arrivals: Arrival[] = [];
  let lastMs = 0;
  for (const [second, delayMs] of delays.entries()) {
    if (asleep(second)) continue;
    const madeMs = second * 1000 + phaseMs;
    lastMs = Math.max(lastMs, madeMs + delayMs);
    const workerMs = skewMs + madeMs * (1 + driftPpm * 1e-6) - sleptMs(madeMs);
    const recent = arrivals.slice(1 - recentReports);
    const leastDelayMs = recent.reduce(
      (least, earlier) => Math.min(least, earlier.arrivesMs - earlier.madeMs),
      lastMs - madeMs,
    );
    arrivals.push({ worker: name, madeMs, arrivesMs: lastMs, workerMs, leastDelayMs });
  }
  return arrivals;
}
