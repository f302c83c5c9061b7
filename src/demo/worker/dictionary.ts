import { setImmediate as turn } from 'node:timers/promises';
import type { ConnectionPool } from './connection-pool.ts';

const SUBJECTS: Readonly<Record<string, string>> = {
  copyright: 'law',
  license: 'law',
  software: 'law',
  warranty: 'law',
  const: 'code',
  export: 'code',
  function: 'code',
  import: 'code',
  return: 'code',
  string: 'code',
  dependencies: 'package',
  engines: 'package',
  version: 'package',
};

/** Knows what a word is about. Stands for the database that a real pipeline asks per record. */
export class Dictionary {
  readonly #pool: ConnectionPool;

  constructor(pool: ConnectionPool) {
    this.#pool = pool;
  }

  async lookup(term: string): Promise<string> {
    const connection = await this.#pool.acquire();
    try {
      await turn();
      return SUBJECTS[term] ?? 'other';
    } finally {
      this.#pool.release(connection);
    }
  }
}
