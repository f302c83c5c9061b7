import { PassThrough, Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

class Numbers extends Readable {
  constructor(next) {
    super({ objectMode: true });
    this.next = next;
  }
  _read() {
    const record = this.next();
    if (record instanceof Promise) record.then((value) => this.push(value ?? null));
    else this.push(record ?? null);
  }
}

class Parse extends Transform {
  constructor() {
    super({ objectMode: true });
  }
  _transform(record, _encoding, done) {
    done(null, record);
  }
}
class Score extends Parse {}
class Shape extends Parse {}

class Ledger extends Writable {
  constructor() {
    super({ objectMode: true });
  }
  _write(_record, _encoding, done) {
    done();
  }
}
class Archive extends Ledger {}
class Odd extends Ledger {}
class Even extends Ledger {}

export { Ledger, Numbers, Parse };

export const shapes = {
  transforms: {
    title: 'pipeline of three Transforms, objects',
    records: 1_500_000,
    wanted: 0.95,
    edges: ['Numbers > Parse', 'Parse > Score', 'Score > Shape', 'Shape > Ledger'],
    flow: (next) => pipeline(new Numbers(next), new Parse(), new Score(), new Shape(), new Ledger()),
  },
  broadcast: {
    title: 'one stream piped into two',
    records: 600_000,
    edges: ['Numbers > Ledger', 'Numbers > Archive'],
    flow: (next) => {
      const source = new Numbers(next);
      const sinks = [new Ledger(), new Archive()];
      for (const sink of sinks) source.pipe(sink);
      return Promise.all(sinks.map((sink) => new Promise((resolve) => sink.once('finish', resolve))));
    },
  },
  'fan-in': {
    title: 'two streams piped into one',
    records: 600_000,
    edges: ['Numbers > Ledger', 'Numbers.* > Ledger'],
    flow: async (next) => {
      const sink = new Ledger();
      const sources = [new Numbers(next), new Numbers(next)];
      const ends = sources.map((source) => new Promise((resolve) => source.once('end', resolve)));
      for (const source of sources) source.pipe(sink, { end: false });
      await Promise.all(ends);
      const finished = new Promise((resolve) => sink.once('finish', resolve));
      sink.end();
      await finished;
    },
  },
  partition: {
    title: 'writes by hand into one of two streams',
    records: 400_000,
    edges: ['Numbers > Split', 'Split > Odd', 'Split > Even'],
    flow: async (next) => {
      const [odd, even] = [new Odd(), new Even()];
      class Split extends Ledger {
        _write(record, _encoding, done) {
          const target = record.id % 2 === 1 ? odd : even;
          if (target.write(record)) done();
          else target.once('drain', done);
        }
      }
      await pipeline(new Numbers(next), new Split());
      odd.end();
      even.end();
    },
  },
  'data-listener': {
    title: "`on('data')` consumer",
    records: 1_000_000,
    edges: ['Numbers > onRecord'],
    flow: (next) =>
      new Promise((resolve) => {
        let seen = 0;
        const source = new Numbers(next);
        source.on('data', function onRecord(record) {
          seen += record.id & 1;
        });
        source.once('end', () => resolve(seen));
      }),
  },
  'passthrough-tail': {
    title: 'PassThrough between pipe() calls',
    records: 600_000,
    edges: ['Numbers > PassThrough.*', 'PassThrough.* > Ledger'],
    flow: (next) =>
      new Promise((resolve) => {
        const through = new PassThrough({ objectMode: true });
        new Numbers(next).pipe(through).pipe(new Ledger()).once('finish', resolve);
      }),
  },
};
