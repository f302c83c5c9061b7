import { open } from 'node:fs/promises';
import { Transform, type TransformCallback } from 'node:stream';
import type { Document } from './document.ts';

/** Enough of a file to say what it is about, and little enough to leave the processor alone. */
const READ_AT_MOST_BYTES = 4096;

/** Reads the beginning of each file. */
export class read extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  override async _transform(path: string, _encoding: BufferEncoding, callback: TransformCallback): Promise<void> {
    let document: Document | undefined;
    try {
      document = { path, text: await beginningOf(path) };
    } catch {
      // Removed since it was found: there is nothing to index.
    }
    if (document === undefined) callback();
    else callback(null, document);
  }
}

async function beginningOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(READ_AT_MOST_BYTES), 0, READ_AT_MOST_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
