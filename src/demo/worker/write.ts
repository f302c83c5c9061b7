import { Writable } from 'node:stream';
import type { IndexEntry } from './document.ts';
import type { Storage } from './storage.ts';

/** Writes the index to the storage, an entry at a time. */
export class write extends Writable {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    super({ objectMode: true });
    this.#storage = storage;
  }

  override async _write(
    entry: IndexEntry,
    _encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): Promise<void> {
    try {
      await this.#storage.put(entry);
    } catch (error) {
      callback(error as Error);
      return;
    }
    callback();
  }
}
