import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const WORKERS = fileURLToPath(new URL('./scale-workers.ts', import.meta.url));
const PER_PROCESS = 500;
const CONNECT_MS = 120_000;

/** A monitor as it is built, and workers made of frames that report to it once a second, in processes of their own. */
export interface ScaleFleet {
  readonly url: string;
  readonly monitor: ChildProcess;
  readonly loads: readonly ChildProcess[];
  /** Ends all of it well; gives how many frames of the workers were late, and how many connections were lost. */
  end(): Promise<{ readonly late: number; readonly lost: number }>;
  /** Ends all of it at once. */
  kill(): void;
}

/** Starts them and waits until all workers are connected. `preload` is a module for each of the processes, which can be talked to then. */
export async function startFleet(of: {
  readonly workers: number;
  readonly operators: number;
  readonly preload?: string;
}): Promise<ScaleFleet> {
  const { workers, operators, preload } = of;
  const preloads = preload === undefined ? [] : ['--import', preload];
  const stdio = (input: 'ignore' | 'pipe'): StdioOptions =>
    preload === undefined ? [input, 'pipe', 'inherit'] : [input, 'pipe', 'inherit', 'ipc'];
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-scale-'));
  const config = join(folder, 'streamgauge.config.json');
  writeFileSync(config, JSON.stringify({ maxConnections: workers + 100 }));
  const command = ['monitor', '--port', '0', '--data', folder, '--config', config];
  const monitor = spawn(process.execPath, [...preloads, CLI, ...command], {
    // A line for each worker that comes and goes would be most of what it does.
    env: { ...process.env, STREAMGAUGE_LOG: 'error' },
    stdio: stdio('ignore'),
  });
  const loads: ChildProcess[] = [];
  const kill = (): void => {
    for (const child of [monitor, ...loads]) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const url = /http:\/\/\S+/.exec(await firstLine(monitor, /http:\/\//))?.[0] ?? '';
    for (let from = 0; from < workers; from += PER_PROCESS) {
      const count = Math.min(PER_PROCESS, workers - from);
      const args = [url.replace(/^http/, 'ws'), String(from), String(count), String(operators)];
      loads.push(
        spawn(process.execPath, ['--conditions=streamgauge-source', '--no-warnings', ...preloads, WORKERS, ...args], {
          stdio: stdio('pipe'),
        }),
      );
    }
    await within(CONNECT_MS, Promise.all(loads.map((load) => firstLine(load, /^connected/))));
    return { url, monitor, loads, kill, end: () => end(monitor, loads, folder) };
  } catch (error) {
    kill();
    throw error;
  }
}

/** Memory that the process has of the machine, MiB. */
export function memoryMiB({ pid }: ChildProcess): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

async function end(monitor: ChildProcess, loads: readonly ChildProcess[], folder: string) {
  const ends = await Promise.all(
    loads.map(async (load) => {
      const line = firstLine(load, /^ended/);
      load.stdin?.end();
      return /late (\d+) lost (\d+)/.exec(await line);
    }),
  );
  monitor.kill('SIGTERM');
  await once(monitor, 'exit');
  rmSync(folder, { recursive: true, force: true });
  const sum = (group: number): number => ends.reduce((total, found) => total + Number(found?.[group]), 0);
  return { late: sum(1), lost: sum(2) };
}

function firstLine(child: ChildProcess, matches: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error('The output of the process is not read.');
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (matches.test(line)) resolve(line);
    });
    child.once('exit', (code) => reject(new Error(`A process ended with code ${code}.`)));
  });
}

async function within<Value>(ms: number, promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Not all workers were connected within ${ms} ms.`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
