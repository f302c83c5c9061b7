import { fileURLToPath } from 'node:url';
import { type Launched, launch } from '../e2e/harness/launch.ts';
import { until } from '../e2e/harness/until.ts';
import { type Journal, journalOf } from './oracle.ts';

const PROGRAM = fileURLToPath(new URL('./programs/event-worker.ts', import.meta.url));

/** A worker that tells events without a pause, started again after it was killed: see programs/event-worker.ts. */
export class Teller {
  readonly #url: string;
  readonly #runs: Launched[] = [];

  /** Starts it; inside a test only. */
  constructor(url: string) {
    this.#url = url;
    this.start();
  }

  /** Starts it once more, as a new session. */
  start(): void {
    const args = [
      '--conditions=streamgauge-source',
      '--no-warnings',
      PROGRAM,
      this.#url,
      'teller',
      `s${this.#runs.length}`,
    ];
    this.#runs.push(launch(process.execPath, args));
  }

  async kill(): Promise<void> {
    const last = this.#runs.at(-1);
    last?.kill('SIGKILL');
    await last?.ended;
  }

  /** What all of its runs have said. */
  journal(): Journal {
    return journalOf(this.#runs.map(({ stdout }) => stdout()));
  }

  /** Waits until more is acknowledged than now. */
  async hears(what: string, withinMs: number): Promise<void> {
    const before = this.journal().acknowledged.size;
    await until(`more acknowledged ${what}`, withinMs, () =>
      this.journal().acknowledged.size > before ? true : undefined,
    );
  }
}
