import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable, Writable } from 'node:stream';
import { drive } from './linear.mjs';
import { later } from './random.mjs';
import { openTruth } from './truth.mjs';

/** Lines are given out in bunches, as they come in one chunk; an iterator keeps up to 1024 of them. */
const TOLERANCE = 1100;

/**
 * Bytes, cut anywhere, that readline makes into lines for a listener or a loop, which may write them into a stream. Records are
 * counted in bytes here: a line is as old as its last one.
 */
export async function runLines(harness, random, result) {
  const truth = openTruth(harness, result, TOLERANCE);
  const lines = Array.from({ length: 150 }, () => `${'x'.repeat(random.below(20))}\n`);
  const text = lines.join('');
  let end = 0;
  const origins = lines.map((line) => {
    end += line.length;
    return end - 1;
  });
  let produced = 0;
  const source = new Readable({
    highWaterMark: 1 + random.below(200),
    read() {
      later(random, () => {
        if (random.chance(0.2)) harness.pulse();
        const length = 1 + random.below(60);
        const chunk = text.slice(produced, produced + length);
        produced += chunk.length;
        this.push(chunk === '' ? null : chunk);
      });
    },
  });
  truth.source(source, () => produced);
  const before = new Set(harness.graph.operators);
  const input = createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY });
  const stage = truth.stage({
    is: (operator) => operator.constructor.name === 'LineOperator' && !before.has(operator),
  });
  const sink = new Writable({
    objectMode: true,
    highWaterMark: 1 + random.below(8),
    write(origin, _encoding, done) {
      later(random, () => {
        written.complete(origin);
        done();
      });
    },
  });
  const written = truth.stage(sink);
  const writes = random.chance(0.6);
  const limit = random.chance(0.2) ? random.below(100) : Number.POSITIVE_INFINITY;
  let taken = 0;
  const take = () => {
    if (random.chance(0.1)) harness.pulse();
    const origin = origins[taken++];
    if (writes) sink.write(origin);
    return origin;
  };
  const listen = async () => {
    input.on('line', () => stage.complete(take()));
    await once(input, 'close');
  };
  const loop = async () => {
    for await (const _line of input) {
      const origin = take();
      if (random.chance(0.3)) await new Promise((resolve) => later(random, resolve));
      stage.complete(origin);
      if (taken > limit) break;
    }
  };
  await drive(harness, random, (done) => {
    (random.chance(0.5) ? listen() : loop()).then(() => sink.end(done), done);
  });
  harness.beat();
}
