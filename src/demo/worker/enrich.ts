import { Transform, type TransformCallback } from 'node:stream';
import type { Dictionary } from './dictionary.ts';
import type { CountedDocument, IndexEntry } from './document.ts';

const TOP_TERMS = 5;

/** Adds what each document is about. */
export class enrich extends Transform {
  readonly #dictionary: Dictionary;

  constructor(dictionary: Dictionary) {
    super({ objectMode: true });
    this.#dictionary = dictionary;
  }

  override async _transform(
    document: CountedDocument,
    _encoding: BufferEncoding,
    callback: TransformCallback,
  ): Promise<void> {
    const top = [...document.counts].sort((one, other) => other[1] - one[1]).slice(0, TOP_TERMS);
    let subject = 'other';
    try {
      for (const [term] of top) {
        if (subject === 'other') subject = await this.#dictionary.lookup(term);
      }
    } catch (error) {
      callback(error as Error);
      return;
    }
    const { path, counts } = document;
    callback(null, { path, subject, terms: counts.size, top: top.map(([term]) => term) } satisfies IndexEntry);
  }
}
