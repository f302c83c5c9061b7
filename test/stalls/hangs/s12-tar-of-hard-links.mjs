// Folders are packed one after the other. In one of them many files are links to the same one: the packer of that version stops.
import { linkSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { create } from 'tar';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

const root = mkdtempSync(join(tmpdir(), 'stall-'));
const plain = join(root, 'plain');
const linked = join(root, 'linked');
const number = (index) => `dir${String(index).padStart(3, '0')}`;
for (let index = 0; index < 20; index++) {
  for (const folder of [plain, linked]) {
    mkdirSync(join(folder, number(index)), { recursive: true });
    writeFileSync(join(folder, number(index), 'file.txt'), `content ${index}`);
  }
}
const source = join(linked, number(0), 'source.txt');
writeFileSync(source, 'what the links are to');
for (let index = 1; index < 15; index++) linkSync(source, join(linked, number(index), 'link.txt'));

class BackUp extends Transform {
  constructor() {
    super({ objectMode: true, highWaterMark: 4 });
  }

  async _transform(order, _encoding, done) {
    if (order.id === FAULTY / 4) fault();
    const folder = order.id >= FAULTY / 4 ? 'linked' : 'plain';
    await create({ cwd: root, file: join(root, 'backup.tar') }, [folder]); // never ends
    done(null, order);
  }
}

await everyday();
await pipeline(new Orders(), new BackUp(), new Store());
