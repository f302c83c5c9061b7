// gzip -> readline -> Writable, as a user writes it. Knows nothing of streamgauge.
// Goes on until standard input closes, so that its graph can be read while it runs.
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { createGunzip } from 'node:zlib';

class LineIndex extends Writable {
  lines = 0;

  constructor() {
    super({ objectMode: true, highWaterMark: 16 });
  }

  _write(line, _encoding, done) {
    this.lines++;
    setTimeout(done, line.length > 0 ? 5 : 0);
  }
}

const index = new LineIndex();
const lines = createInterface({ input: createReadStream(process.argv[2]).pipe(createGunzip()) });
if (process.argv[3] === 'listener') {
  lines.on('line', (line) => index.write(line));
  await once(lines, 'close');
} else {
  for await (const line of lines) {
    if (!index.write(line)) await once(index, 'drain');
  }
}
await new Promise((resolve) => index.end(resolve));
