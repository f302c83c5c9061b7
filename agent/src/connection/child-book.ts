import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { symbolValue } from './symbol-value.ts';
import { newHistory, TRAFFIC, Traffic } from './traffic.ts';

/** How many child processes are known at once; of those that are started beyond that nothing is told. */
const MAX_CHILDREN = 256;

/** One child process, and what goes through its standard streams. */
export interface KnownChild {
  readonly traffic: Traffic;
  readonly child: ChildProcess;
}

interface Entry {
  readonly traffic: Traffic;
  readonly child: WeakRef<ChildProcess>;
}

/** Child processes, held weakly: what is written into one is asked of it, and what it prints is its answer. */
export class ChildBook {
  readonly #nowMs: () => number;
  #entries: Entry[] = [];

  /** @param nowMs monotonic and coarse: the clock of the traffic. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** A process was started; its command without arguments. */
  follow(child: ChildProcess, command: string): void {
    if (this.#entries.length >= MAX_CHILDREN)
      this.#entries = this.#entries.filter(({ child: weak }) => runs(weak.deref()));
    if (this.#entries.length >= MAX_CHILDREN) return;
    const traffic = new Traffic(newHistory(`child ${command}`), this.#nowMs());
    for (const end of [child.stdin, child.stdout]) {
      if (end === null || end === undefined) continue;
      Object.defineProperty(end, TRAFFIC, { value: traffic, configurable: true, enumerable: false, writable: true });
    }
    this.#entries.push({ traffic, child: new WeakRef(child) });
  }

  /** Those that run. */
  running(): KnownChild[] {
    return this.#entries.flatMap(({ traffic, child: weak }) => {
      const child = weak.deref();
      return child !== undefined && runs(child) ? [{ traffic, child }] : [];
    });
  }
}

function runs(child: ChildProcess | undefined): boolean {
  return child !== undefined && child.exitCode === null && child.signalCode === null && child.pid !== undefined;
}

/** What was written for a child, into its input and as messages, and has not been taken. */
export function unsentBytes({ child }: KnownChild): number {
  const channel = symbolValue(child, 'kChannelHandle') as { readonly writeQueueSize?: unknown } | null | undefined;
  const queued = typeof channel?.writeQueueSize === 'number' ? channel.writeQueueSize : 0;
  return ((child.stdin as Writable | null)?.writableLength ?? 0) + queued;
}

/** Whether it has printed something, and nobody is there to read it. */
export function isUnread({ child }: KnownChild): boolean {
  const output = child.stdout as Readable | null;
  if (output === null || output === undefined || output.readableLength === 0) return false;
  return output.readableFlowing === null && output.listenerCount('data') + output.listenerCount('readable') === 0;
}
