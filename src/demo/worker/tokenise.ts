import { Transform, type TransformCallback } from 'node:stream';
import type { CountedDocument, Document } from './document.ts';
import { EMPTY, hashOf } from './stop-words.ts';

/** Counts the words of each document that carry a meaning. */
export class tokenise extends Transform {
  readonly #stopWords: Int32Array;

  /** stopWords: a hash table with open addressing, made by createStopWords. */
  constructor(stopWords: Int32Array) {
    super({ objectMode: true });
    this.#stopWords = stopWords;
  }

  override _transform(document: Document, _encoding: BufferEncoding, callback: TransformCallback): void {
    const counts = new Map<string, number>();
    for (const [word] of document.text.matchAll(/\p{L}{3,}/gu)) {
      const term = word.toLowerCase();
      if (!this.#isStopWord(term)) counts.set(term, (counts.get(term) ?? 0) + 1);
    }
    callback(null, { path: document.path, counts } satisfies CountedDocument);
  }

  #isStopWord(term: string): boolean {
    const table = this.#stopWords;
    const hash = hashOf(term);
    let slot = hash % table.length;
    // The mistake that the fault `spin` brings to light: without a free slot, this loop has no end.
    while (table[slot] !== hash && table[slot] !== EMPTY) slot = (slot + 1) % table.length;
    return table[slot] === hash;
  }
}
