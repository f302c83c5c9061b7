import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { seededRandom } from '../../../property/support/random.mjs';
import { trackEachTest } from '../stream/tracked.ts';

const tracked = trackEachTest();
const seed = Number(process.env.STREAMGAUGE_SEED ?? Math.floor(Math.random() * 2 ** 31));

interface Stage {
  readonly name: string;
  /** Which chunks of the source come here. */
  readonly takes: (chunk: number) => boolean;
  done: number;
}

/** One flow; every pass of an epoch is held against what the functions of the streams have really finished. */
async function run(random: () => number, branches: number): Promise<{ early: number; late: number; checks: number }> {
  const { current } = tracked;
  const below = (limit: number): number => Math.floor(random() * limit);
  const total = 20 + below(60);
  const stages = new Map<string, Stage>();
  const sourceAt = new Map<number, number>();
  const result = { early: 0, late: 0, checks: 0 };
  let given = 0;

  const needed = (stage: Stage, epoch: number): number => {
    let count = 0;
    for (let chunk = 0; chunk < (sourceAt.get(epoch) ?? 0); chunk++) if (stage.takes(chunk)) count++;
    return count;
  };
  current.onPass = (operator, epoch) => {
    if (operator.kind === 'source') sourceAt.set(epoch, given);
    const stage = stages.get(operator.name);
    if (stage === undefined) return;
    const due = needed(stage, epoch);
    result.checks++;
    if (stage.done < due) result.early++;
    if (stage.done > due && epoch !== Number.POSITIVE_INFINITY) result.late++;
  };
  const maybeWait = async (): Promise<void> => {
    for (let turns = below(3); turns > 0; turns--) await nextTurn();
  };
  const maybePulse = (): void => {
    if (random() < 0.3) current.pulse();
    else if (random() < 0.1) current.tick();
  };

  let readable: ReadableStream<number> = new ReadableStream<number>(
    {
      pull: async function numbers(controller) {
        await maybeWait();
        for (let burst = 1 + below(4); burst > 0 && given < total; burst--) {
          given++;
          controller.enqueue(given - 1);
          maybePulse();
        }
        if (given === total) controller.close();
      },
    },
    random() < 0.5 ? undefined : { highWaterMark: below(6) },
  );
  const stage = (takes: Stage['takes']): Stage => {
    const made = { name: `stage${stages.size}`, takes, done: 0 };
    stages.set(made.name, made);
    return made;
  };
  const work = (at: Stage, finish: (chunk: number) => void): ((chunk: number) => unknown) => {
    const kind = below(3);
    return (chunk) => {
      maybePulse();
      if (kind === 0 || random() < 0.3) {
        finish(chunk);
        at.done++;
        return undefined;
      }
      return maybeWait().then(() => {
        finish(chunk);
        at.done++;
      });
    };
  };
  let takes: Stage['takes'] = () => true;
  for (let depth = below(4); depth > 0; depth--) {
    const at = stage(takes);
    const drop = below(4);
    const before = takes;
    if (drop > 0) takes = (chunk) => before(chunk) && chunk % (drop + 1) !== 0;
    let out: TransformStreamDefaultController<number>;
    const keeps = takes;
    const transform = work(at, (chunk) => keeps(chunk) && out.enqueue(chunk));
    const named = {
      [at.name]: (chunk: number, controller: TransformStreamDefaultController<number>) => {
        out = controller;
        return transform(chunk) as Promise<void>;
      },
    };
    readable = readable.pipeThrough(
      new TransformStream<number, number>(
        { transform: named[at.name] as never },
        random() < 0.5 ? undefined : { highWaterMark: 1 + below(5) },
        random() < 0.5 ? undefined : { highWaterMark: below(5) },
      ),
    );
  }
  const outputs = branches === 1 ? [readable] : readable.tee();
  await Promise.all(
    outputs.map((output) => {
      const at = stage(takes);
      const write = work(at, () => {});
      const named = { [at.name]: (chunk: number) => write(chunk) as Promise<void> };
      return output.pipeTo(new WritableStream({ write: named[at.name] as never }, { highWaterMark: 1 + below(4) }));
    }),
  );
  current.beat();
  current.beat();
  current.onPass = () => {};
  expect(current.graph.operators.map(({ name }) => name)).toEqual([]);
  return result;
}

it.each([
  ['a line', 1],
  ['the branches of tee()', 2],
])(
  'a marker never passes %s of Web Streams before a chunk that precedes it',
  async (_shape, branches) => {
    const random = seededRandom(seed);
    const all = { early: 0, late: 0, checks: 0 };
    for (let round = 0; round < 250; round++) {
      const { early, late, checks } = await run(random.next, branches);
      all.early += early;
      all.late += late;
      all.checks += checks;
    }
    console.log(`web streams: ${all.checks} markers checked, ${all.late} late, seed ${seed}`);
    expect(all, `seed ${seed}`).toMatchObject({ early: 0 });
    expect(all.checks).toBeGreaterThan(2000);
  },
  60_000,
);
