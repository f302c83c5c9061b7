import { readFileSync } from 'node:fs';
import { lookAtThread, summariseLooks, type ThreadLook } from '@streamgauge/agent/external';
import { systemCallName } from './system-calls.ts';

/** What the system says of the main thread of a process, over a short time. */
export interface MainThreadState {
  /** One letter: R running, S sleeping, D waiting for a device, T stopped. */
  readonly state: string;
  /** Share of the time in which it was on a processor, 0 to 1. */
  readonly cpuShare: number;
  /** Kernel function it sleeps in; empty: none, or not told to this user. */
  readonly waitChannel: string;
  /** Name or number of the system call it is in; empty: none, or not told to this user. */
  readonly systemCall: string;
}

/** Looks at a main thread again and again, from outside. */
export interface MainThreadWatch {
  look(): void;
  /** Undefined when the system does not tell, or there were fewer than two looks. */
  summary(): MainThreadState | undefined;
}

export function watchMainThread(pid: number, nowMs: () => number = () => performance.now()): MainThreadWatch {
  const looks: ThreadLook[] = [];
  const startMs = nowMs();
  // The agent looks at its own process; this is another one.
  const read = (path: string): string => readFileSync(path.replace('/proc/self/', `/proc/${pid}/`), 'latin1');
  const watch: MainThreadWatch = {
    look() {
      const seen = lookAtThread(pid, read);
      if (seen !== undefined) looks.push(seen);
    },
    summary() {
      const summed = summariseLooks(looks, nowMs() - startMs);
      if (summed === undefined) return undefined;
      const { state, cpuShare, waitChannel, systemCall } = summed;
      return { state, cpuShare, waitChannel, systemCall: systemCall < 0 ? '' : systemCallName(systemCall) };
    },
  };
  watch.look();
  return watch;
}

/** Below this share of a processor a thread that sleeps has nothing to do. */
const IDLE_SHARE = 0.1;

/** True for a thread that waits for events, as the event loop does when nothing is to be done. */
export function waitsForEvents({ state, cpuShare, waitChannel, systemCall }: MainThreadState): boolean {
  if (state !== 'S' || cpuShare > IDLE_SHARE) return false;
  const told = [waitChannel, systemCall].filter((name) => name !== '');
  return told.length === 0 || told.some((name) => /poll/.test(name));
}

/** The same for people. */
export function threadSentence({ state, cpuShare, waitChannel, systemCall }: MainThreadState): string {
  const states: Readonly<Record<string, string>> = {
    R: 'running',
    S: 'sleeping',
    D: 'waiting for a device',
    T: 'stopped',
  };
  return [
    `${states[state] ?? state}, ${Math.round(cpuShare * 100)} % of a processor`,
    ...(systemCall === '' ? [] : [`system call ${systemCall}`]),
    ...(waitChannel === '' ? [] : [`in ${waitChannel}`]),
  ].join(', ');
}
