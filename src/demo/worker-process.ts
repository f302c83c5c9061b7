import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { agentEnvironment, agentRegisterUrl } from '../cli/agent-environment.ts';
import { CliError } from '../errors.ts';
import type { Fault } from './fault.ts';

/** What is kept of the worker's output, to be shown if it ends unasked. */
const OUTPUT_KEPT_CHARACTERS = 4000;

/** The demo's worker: a process of its own under the agent, started as `streamgauge run` would start it. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #controlFile: string;
  readonly #endedUnasked: Promise<never>;
  #output = '';
  #stopped = false;

  constructor(options: {
    readonly temporaryFolder: string;
    readonly storagePort: number;
    readonly job: string;
    readonly worker: string;
    readonly monitorUrl: string;
  }) {
    this.#controlFile = join(options.temporaryFolder, 'fault');
    this.lift();
    const program = workerProgram(options.temporaryFolder);
    const { job, worker, monitorUrl } = options;
    this.#child = spawn(process.execPath, [program, textFolder(), String(options.storagePort), this.#controlFile], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: agentEnvironment(process.env, { job, worker, monitorUrl }, agentRegisterUrl()),
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-OUTPUT_KEPT_CHARACTERS);
      });
    }
    this.#endedUnasked = new Promise((_, reject) => {
      this.#child.once('error', reject);
      // `close`, not `exit`: by then its last words have been read.
      this.#child.once('close', (code, signal) => {
        if (this.#stopped) return;
        const how = signal === null ? `exit code ${code}` : signal;
        reject(new CliError('SG_CLI_DEMO', `the worker ended unasked (${how}). ${this.#output}`.trim(), 1));
      });
    });
    this.#endedUnasked.catch(() => {});
  }

  /** 0 when it could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Rejects with CliError SG_CLI_DEMO when the process ends without having been stopped. */
  get endedUnasked(): Promise<never> {
    return this.#endedUnasked;
  }

  /** Puts a fault into the running program. */
  inject(fault: Fault): void {
    writeFileSync(this.#controlFile, fault);
  }

  /** Takes the fault out again. */
  lift(): void {
    writeFileSync(this.#controlFile, 'none');
  }

  /** Ends the process at once; by force, because its main thread may be blocked. */
  stop(): void {
    this.#stopped = true;
    this.#child.kill('SIGKILL');
  }
}

/**
 * Path of the worker's program. Code below a folder node_modules counts as an installed package; this program plays the
 * user's own code, so an installed copy is run from elsewhere.
 */
function workerProgram(temporaryFolder: string): string {
  const extension = extname(import.meta.url);
  const folder = fileURLToPath(new URL('./worker', import.meta.url));
  if (!/[\\/]node_modules[\\/]/.test(folder)) return join(folder, `main${extension}`);
  const copy = join(temporaryFolder, 'worker');
  cpSync(folder, copy, { recursive: true });
  writeFileSync(join(copy, 'package.json'), '{ "type": "module" }\n');
  return join(copy, `main${extension}`);
}

/** The nearest folder node_modules above this file: every checkout and every installation has one, full of text. */
function textFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules');
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) {
      throw new CliError(
        'SG_CLI_DEMO',
        'the demo finds no folder node_modules to index; install the package first.',
        1,
      );
    }
  }
}
