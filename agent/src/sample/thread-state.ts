import { readFileSync } from 'node:fs';
import { create, type ThreadState, ThreadStateSchema } from '@streamgauge/proto';

/** One look at a thread through /proc. */
export interface ThreadLook {
  /** One letter: R running, S sleeping, D waiting for a device, T stopped. */
  readonly state: string;
  /** Time on a processor since the thread began, milliseconds. */
  readonly cpuMs: number;
  /** Kernel function it sleeps in; empty: none or not readable. */
  readonly waitChannel: string;
  /** Number of the system call it is in; -1: none or not readable. */
  readonly systemCall: number;
}

/** Reads a file of /proc; throws when there is none. */
export type ReadFile = (path: string) => string;

const readText: ReadFile = (path) => readFileSync(path, 'latin1');

/** Looks at a thread of this process; that of the main thread is the process id. Undefined where /proc has no such thing. */
export function lookAtThread(thread: number, read: ReadFile = readText): ThreadLook | undefined {
  const folder = `/proc/self/task/${thread}`;
  const cpuMs = readThreadCpuMs(thread, read);
  if (cpuMs === undefined) return undefined;
  try {
    // The name in parentheses may hold spaces and parentheses itself: the state follows the last one.
    const stat = read(`${folder}/stat`);
    const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
    return { state, cpuMs, waitChannel: waitChannel(folder, read), systemCall: systemCall(folder, read) };
  } catch {
    return undefined;
  }
}

/** Time a thread has spent on a processor, milliseconds; undefined where the system does not tell. */
export function readThreadCpuMs(thread: number, read: ReadFile = readText): number | undefined {
  try {
    const nanoseconds = Number.parseInt(read(`/proc/self/task/${thread}/schedstat`), 10);
    return Number.isNaN(nanoseconds) ? undefined : nanoseconds / 1e6;
  } catch {
    return undefined;
  }
}

/** What several looks over a short time say together; undefined when there are fewer than two. */
export function summariseLooks(looks: readonly ThreadLook[], observedMs: number, spentMs = 0): ThreadState | undefined {
  const first = looks[0];
  const last = looks.at(-1);
  if (first === undefined || last === undefined || looks.length < 2 || observedMs <= 0) return undefined;
  return create(ThreadStateSchema, {
    state: mostFrequent(looks.map((look) => look.state)),
    cpuShare: Math.min(1, Math.max(0, (last.cpuMs - first.cpuMs) / observedMs)),
    waitChannel: mostFrequent(looks.map((look) => look.waitChannel)),
    systemCall: Number(mostFrequent(looks.map((look) => String(look.systemCall)))),
    observedNano: BigInt(Math.round(observedMs * 1000)) * 1000n,
    spentNano: BigInt(Math.max(0, Math.round(spentMs * 1000))) * 1000n,
  });
}

function waitChannel(folder: string, read: ReadFile): string {
  try {
    const name = read(`${folder}/wchan`).trim();
    return name === '0' ? '' : name.slice(0, 100);
  } catch {
    return '';
  }
}

/** The file says "running", or the number of the call and its arguments; arguments are not taken: they are addresses. */
function systemCall(folder: string, read: ReadFile): number {
  try {
    const number = Number.parseInt(read(`${folder}/syscall`), 10);
    return Number.isNaN(number) ? -1 : number;
  } catch {
    return -1;
  }
}

function mostFrequent(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((left, right) => right[1] - left[1])[0]?.[0] ?? '';
}
