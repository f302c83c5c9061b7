// A pipeline of generators that comes to a stop after 100 records, in the way named by the first argument. Knows nothing of
// streamgauge.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const [kind] = process.argv.slice(2);

const silent = createServer(() => undefined).listen(0, '127.0.0.1');
await once(silent, 'listening');

async function lookUp() {
  const socket = connect(silent.address().port, '127.0.0.1');
  await once(socket, 'data'); // the awaiting line
}

async function* numbers() {
  for (let index = 0; ; index++) {
    if (kind === 'idle' && index === 100) await lookUp();
    await new Promise((resolve) => setTimeout(resolve, 5));
    yield index;
  }
}

async function* enrich(records) {
  for await (const record of records) {
    if (kind === 'await' && record === 100) await lookUp();
    yield record;
  }
}

async function* score(records) {
  for await (const record of records) yield record * 2;
}

class Ledger extends Writable {
  constructor() {
    super({ objectMode: true, highWaterMark: 4 });
  }

  _write(record, _encoding, done) {
    if (kind !== 'sink' || record < 200) setImmediate(done);
  }
}

if (kind === 'rxjs') {
  const { from, lastValueFrom, mergeMap } = await import('rxjs');
  const look = async (record) => {
    if (record === 100) await lookUp();
    return record;
  };
  await lastValueFrom(from(numbers()).pipe(mergeMap((record) => from(look(record)), 1)));
} else if (kind === 'pause') {
  const source = Readable.from(numbers());
  const ledger = new Ledger();
  source.on('data', (record) => record === 100 && source.pause());
  source.pipe(ledger);
} else if (kind === 'map') {
  const look = async (record) => {
    if (record === 100) await lookUp();
    return record;
  };
  await pipeline(Readable.from(numbers()).map(look, { concurrency: 4 }), new Ledger());
} else await pipeline(numbers, enrich, score, new Ledger());
