// Folders are packed one after the other. In one of them many files are links to the same one: the packer stops, the process ends.
import { linkSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { create } from 'tar';
import { fault } from '../support/orders.mjs';

const FOLDERS = 25;
const root = mkdtempSync(join(tmpdir(), 'stall-'));
for (let folder = 0; folder < FOLDERS; folder++) {
  const place = (index) => join(root, `${folder}`, `dir${String(index).padStart(3, '0')}`);
  for (let index = 0; index < 20; index++) {
    mkdirSync(place(index), { recursive: true });
    writeFileSync(join(place(index), 'file.txt'), `content ${index}`);
  }
  if (folder < FOLDERS - 1) continue;
  writeFileSync(join(place(0), 'source.txt'), 'what the links are to');
  for (let index = 1; index < 15; index++) linkSync(join(place(0), 'source.txt'), join(place(index), 'link.txt'));
}

async function* folders() {
  for (let folder = 0; folder < FOLDERS; folder++) {
    await pause(50);
    yield `${folder}`;
  }
}

async function* backUp(input) {
  for await (const folder of input) {
    if (folder === `${FOLDERS - 1}`) fault();
    await create({ cwd: root, file: join(root, `${folder}.tar`) }, [folder]); // never ends
    yield folder;
  }
}

async function list(input) {
  const done = [];
  for await (const folder of input) done.push(folder);
  return done;
}

await list(backUp(folders()));
