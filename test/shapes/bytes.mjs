import { createInterface } from 'node:readline';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

const CHUNK = Buffer.alloc(16_384, 'a line of text that compresses well\n');

class Chunks extends Readable {
  constructor(next) {
    super();
    this.next = next;
  }
  _read() {
    const record = this.next();
    if (record instanceof Promise) record.then((value) => this.push(value === undefined ? null : CHUNK));
    else this.push(record === undefined ? null : CHUNK);
  }
}

class Disk extends Writable {
  _write(_chunk, _encoding, done) {
    done();
  }
}

export const shapes = {
  zlib: {
    title: 'bytes through gzip and gunzip, 16 KiB chunks',
    records: 6000,
    wanted: 0.98,
    edges: ['Chunks > Gzip', 'Gzip > Gunzip', 'Gunzip > Disk'],
    flow: (next) => pipeline(new Chunks(next), createGzip({ level: 1 }), createGunzip(), new Disk()),
  },
  readline: {
    title: 'readline, `for await`',
    records: 400,
    edges: ['Chunks > Interface', 'Interface > Disk'],
    flow: async function indexLines(next) {
      const disk = new Disk();
      for await (const line of createInterface({ input: new Chunks(next) })) disk.write(line);
      disk.end();
    },
  },
};
