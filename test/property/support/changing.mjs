import { once } from 'node:events';
import { branch, endTogether, numbered, sinkOf, watch } from './fan.mjs';
import { drive } from './linear.mjs';
import { inTurns } from './random.mjs';

/** A sink that is corked and uncorked while it is written to, so that its records come in batches. */
export async function runCork(harness, random, result) {
  const source = numbered(harness, random, 300);
  const step = branch(random);
  const sink = sinkOf(random, result);
  watch(harness, result, [source], [sink]);
  let uncorked = 0;
  const uncorkAll = inTurns(random, 0.2, () => {
    for (const stream of [sink, step]) {
      if (!random.chance(0.5) || stream.writableEnded) continue;
      stream.cork();
      uncorked++;
      setImmediate(() => stream.uncork());
    }
  });
  await drive(harness, random, (done) => {
    source.pipe(step).pipe(sink);
    once(sink, 'finish').then(() => done(), done);
  });
  uncorkAll();
  result.corked = (result.corked ?? 0) + uncorked;
}

/** A second source that is born and connected while the first one flows. */
export async function runLateSource(harness, random, result) {
  const [first, late] = [numbered(harness, random, 400), numbered(harness, random, 200)];
  const branches = [branch(random), branch(random)];
  const sink = sinkOf(random, result);
  watch(harness, result, [first, late], [sink]);
  const bornAfter = random.below(300);
  await drive(harness, random, (done) => {
    first.pipe(branches[0]).pipe(sink, { end: false });
    const born = inTurns(random, 1, () => {
      if (first.produced < bornAfter) return;
      born();
      late.pipe(branches[1]).pipe(sink, { end: false });
    });
    endTogether(branches, sink);
    once(sink, 'finish').then(() => done(), done);
  });
}

/** Two sources into one sink, one of which is destroyed on the way: what it held is lost, and nobody waits for it. */
export async function runDestroyed(harness, random, result) {
  const sources = [numbered(harness, random, 400), numbered(harness, random, 400)];
  const branches = [branch(random), branch(random)];
  const sink = sinkOf(random, result);
  watch(harness, result, sources, [sink]);
  const end = random.below(300);
  await drive(harness, random, (done) => {
    sources.forEach((source, index) => {
      source.pipe(branches[index]).pipe(sink, { end: false });
    });
    const cut = inTurns(random, 1, () => {
      if (sources[1].produced < end) return;
      cut();
      const [victim, next] = random.chance(0.5) ? [sources[1], branches[1]] : [branches[1], sources[1]];
      victim.destroy();
      setImmediate(() => next.destroy());
    });
    Promise.all([once(branches[0], 'end'), once(branches[1], 'close')]).then(() => sink.end(), done);
    once(sink, 'finish').then(() => done(), done);
  });
}

/**
 * A source that is moved to and fro between two ways to one sink. What it holds while it is connected to nothing precedes no
 * marker of the sink: that source has, as far as the sink is concerned, yet to be born.
 */
export async function runRepipe(harness, random, result) {
  const source = numbered(harness, random, 400);
  const branches = [branch(random), branch(random)];
  const sink = sinkOf(random, result);
  watch(harness, result, [source], [sink]);
  let at = 0;
  const held = new Set();
  source.excused = (origin) => held.has(origin);
  const hold = () => {
    for (let back = source.readableLength; back > 0; back--) held.add(source.produced - back);
  };
  await drive(harness, random, (done) => {
    for (const each of branches) each.pipe(sink, { end: false });
    source.pipe(branches[0], { end: false });
    const stay = inTurns(random, 0.1, () => {
      source.unpipe(branches[at]);
      hold();
      at = 1 - at;
      const to = branches[at];
      if (random.chance(0.5)) source.pipe(to, { end: false });
      else {
        setImmediate(() => {
          hold();
          if (!source.readableEnded) source.pipe(to, { end: false });
        });
      }
    });
    source.once('end', () => {
      stay();
      for (const each of branches) each.end();
    });
    endTogether(branches, sink);
    once(sink, 'finish').then(() => done(), done);
  });
}
