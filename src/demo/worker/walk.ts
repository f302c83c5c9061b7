import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

const TEXT_FILE = /\.(?:md|markdown|txt|json|[cm]?[jt]s)$|^(?:LICEN[CS]E|README|CHANGELOG|AUTHORS|NOTICE)$/i;

/** Gives the paths of the text files below a folder, at a steady pace, and starts again at the end. */
export class walk extends Readable {
  readonly #paths: AsyncGenerator<string>;
  readonly #pauseMs: number;
  #dueMs = 0;

  constructor(folder: string, filesPerSecond: number) {
    super({ objectMode: true });
    this.#paths = textFilesForEver(folder);
    this.#pauseMs = 1000 / filesPerSecond;
  }

  override _read(): void {
    this.#nextPath().then(
      (path) => this.push(path),
      (error) => this.destroy(error),
    );
  }

  async #nextPath(): Promise<string | null> {
    const nowMs = performance.now();
    // After a standstill the missed time is not made up for: a burst would only hide the pace.
    this.#dueMs = Math.max(this.#dueMs + this.#pauseMs, nowMs - 5 * this.#pauseMs);
    if (this.#dueMs > nowMs) await sleep(this.#dueMs - nowMs);
    const next = await this.#paths.next();
    return next.done ? null : next.value;
  }
}

async function* textFilesForEver(folder: string): AsyncGenerator<string> {
  for (;;) {
    let found = 0;
    for await (const path of textFilesBelow(folder)) {
      found += 1;
      yield path;
    }
    if (found === 0) throw new Error(`There is no text file below ${folder}.`);
  }
}

async function* textFilesBelow(folder: string): AsyncGenerator<string> {
  // Another program may remove a folder in between.
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* textFilesBelow(path);
    else if (entry.isFile() && TEXT_FILE.test(entry.name)) yield path;
  }
}
