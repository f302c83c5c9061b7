// A stream of four operators whose third never calls back for record 20, in the way named by the first argument. Knows
// nothing of streamgauge. Ends after as many milliseconds as the second argument says, or once the file of the third is there.
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { Readable, Transform, Writable } from 'node:stream';

const [kind, durationText, release] = process.argv.slice(2);

const silent = createServer(() => undefined).listen(0, '127.0.0.1');
await once(silent, 'listening');

async function lookUp() {
  const socket = connect(silent.address().port, '127.0.0.1');
  await once(socket, 'data'); // the awaiting line
}

class Enrich extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  async _transform(record, _encoding, done) {
    if (record.index === 20 && kind === 'await') await lookUp();
    if (record.index === 20 && kind === 'callback') return;
    done(null, record);
  }
}

let index = 0;
const numbers = new Readable({
  objectMode: true,
  read() {
    setTimeout(() => this.push({ index: index++ }), 5);
  },
});
const double = new Transform({
  objectMode: true,
  transform: function doubleIndex(record, _encoding, done) {
    done(null, record);
  },
});
const store = new Writable({
  objectMode: true,
  write(_record, _encoding, done) {
    setImmediate(done);
  },
});

numbers.pipe(double).pipe(new Enrich()).pipe(store);
setTimeout(() => process.exit(0), Number(durationText));
if (release !== undefined) setInterval(() => existsSync(release) && process.exit(0), 50);
