import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { branch, numbered } from './fan.mjs';
import { drive } from './linear.mjs';
import { later } from './random.mjs';
import { openTruth } from './truth.mjs';

/** As it was before any agent hooked it. */
const { pipe } = Readable.prototype;

/** Pipes that were there before the agent, in a line, into one sink or into two, and are found while records are everywhere in them. */
export async function runFoundLate(harness, random, result) {
  const { linkExisting } = harness.agent;
  const truth = openTruth(harness, result);
  const sources = Array.from({ length: 1 + random.below(2) }, () => numbered(harness, random, 300));
  const steps = Array.from({ length: 1 + random.below(3) }, () => branch(random));
  const known = new Map(sources.map((source) => [source, truth.source(source, () => source.produced)]));
  const sinks = Array.from({ length: 1 + random.below(2) }, () => {
    const sink = new Writable({
      objectMode: true,
      highWaterMark: 1 + random.below(10),
      write({ origin, source }, _encoding, done) {
        later(random, () => {
          stage.complete(origin, known.get(source));
          done();
        });
      },
    });
    const stage = truth.stage(sink);
    return sink;
  });
  const foundAt = random.below(100);
  const all = [...sources, ...steps];
  await drive(harness, random, (done) => {
    for (const source of sources) pipe.call(source, steps[0], { end: false });
    for (let at = 1; at < steps.length; at++) pipe.call(steps[at - 1], steps[at]);
    for (const sink of sinks) pipe.call(steps.at(-1), sink);
    let open = sources.length;
    for (const source of sources) source.on('end', () => --open === 0 && steps[0].end());
    const look = () => {
      if (sources[0].produced < foundAt) setImmediate(look);
      // Found one after the other, in any order.
      else for (const one of all.sort(() => random.next() - 0.5)) linkExisting(harness.adoption, [one]);
    };
    look();
    Promise.all(sinks.map((sink) => once(sink, 'finish'))).then(() => done(), done);
  });
}
