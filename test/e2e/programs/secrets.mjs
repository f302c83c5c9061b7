// A stream whose second operator asks a server that never answers, with secrets in its arguments, environment, records, locals,
// headers, addresses and in the errors that it catches. Knows nothing of streamgauge.
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { Readable, Transform, Writable } from 'node:stream';

const secret = process.argv[2];
const silent = createServer(() => undefined).listen(0, '127.0.0.1');
await once(silent, 'listening');

async function askWith(password, record) {
  const local = `${password} of ${record.owner}`;
  const address = `http://127.0.0.1:${silent.address().port}/${password}?key=${local.length}${password}`;
  const asked = request(address, { auth: `me:${password}`, headers: { cookie: `session=${password}` } });
  asked.end();
  await once(asked, 'response'); // the awaiting line
  return local;
}

class Enrich extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  async _transform(record, _encoding, done) {
    try {
      JSON.parse(`{${record.owner}`);
    } catch (error) {
      this.lastError = error;
    }
    if (record.index === 20) await askWith(process.env.MY_PASSWORD, record);
    done(null, record);
  }
}

let index = 0;
const records = new Readable({
  objectMode: true,
  read() {
    setTimeout(() => this.push({ index: index++, owner: secret }), 5);
  },
});
records.pipe(new Enrich()).pipe(new Writable({ objectMode: true, write: (_record, _encoding, done) => done() }));
setTimeout(() => process.exit(0), 30_000);
