import { Readable as Readable2, Writable as Writable2 } from 'readable-stream-2';
import { Readable as Readable3, Writable as Writable3 } from 'readable-stream-3';
import { Readable as Readable4, Writable as Writable4 } from 'readable-stream-4';
import { Writable as Streamx, Readable as StreamxReadable, pipeline as streamxPipeline } from 'streamx';

function flowOf(Readable, Writable) {
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
  class Ledger extends Writable {
    constructor() {
      super({ objectMode: true });
    }
    _write(_record, _encoding, done) {
      done();
    }
  }
  return (next) =>
    new Promise((resolve) => {
      new Numbers(next).pipe(new Ledger()).once('finish', resolve);
    });
}

const shape = (name, Readable, Writable) => ({
  title: `npm ${name}`,
  records: 600_000,
  edges: ['Numbers > Ledger'],
  flow: flowOf(Readable, Writable),
});

export const shapes = {
  'readable-stream-2': shape('readable-stream 2', Readable2, Writable2),
  'readable-stream-3': shape('readable-stream 3', Readable3, Writable3),
  'readable-stream-4': shape('readable-stream 4', Readable4, Writable4),
  streamx: {
    title: 'npm streamx 2',
    records: 600_000,
    edges: ['Numbers > Ledger'],
    flow: (next) => {
      class Numbers extends StreamxReadable {
        _read(done) {
          const record = next();
          if (!(record instanceof Promise)) {
            this.push(record ?? null);
            done(null);
            return;
          }
          record.then((value) => {
            this.push(value ?? null);
            done(null);
          });
        }
      }
      class Ledger extends Streamx {
        _write(_record, done) {
          done(null);
        }
      }
      return new Promise((resolve, reject) => {
        streamxPipeline(new Numbers(), new Ledger(), (error) => (error ? reject(error) : resolve()));
      });
    },
  },
};
