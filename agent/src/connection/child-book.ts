import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { symbolValue } from './symbol-value.ts';
import { newHistory, TRAFFIC, Traffic } from './traffic.ts';

/** How many child processes are known at once; of those that are started beyond that nothing is told. */
const MAX_CHILDREN = 256;
/** How many that have ended and owe an answer are remembered. */
const MAX_ENDED = 16;

/** One child process, and what goes through its standard streams. */
export interface KnownChild {
  readonly traffic: Traffic;
  readonly child: ChildProcess;
  /** Messages can be sent to it, and come from it. */
  readonly messages: boolean;
}

/** A child process that has ended and had not answered what it was asked. */
export interface EndedChild {
  readonly traffic: Traffic;
  readonly pid: number;
  readonly atMs: number;
  /** Its signal, or `exit code 1`. */
  readonly how: string;
}

interface Entry {
  readonly traffic: Traffic;
  readonly child: WeakRef<ChildProcess>;
  readonly messages: boolean;
}

/**
 * Child processes, held weakly: what is written into one or sent to it is asked of it, and what it prints or sends is its answer.
 */
export class ChildBook {
  readonly #nowMs: () => number;
  #entries: Entry[] = [];
  #ended: EndedChild[] = [];

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
    const messages = typeof child.send === 'function';
    this.#entries.push({ traffic, child: new WeakRef(child), messages });
    if (messages) this.#followSent(child, traffic);
    this.#followEvents(child, traffic, messages);
  }

  /** Those that have ended without an answer, the newest last. */
  ended(): readonly EndedChild[] {
    return this.#ended;
  }

  #followSent(child: ChildProcess, traffic: Traffic): void {
    const { send } = child;
    child.send = ((...rest: unknown[]): boolean => {
      traffic.wrote(this.#nowMs());
      return send.apply(child, rest as never);
    }) as typeof send;
  }

  /** Messages and its end, whoever listens and however. */
  #followEvents(child: ChildProcess, traffic: Traffic, messages: boolean): void {
    const { emit } = child;
    child.emit = (event: unknown, ...values: unknown[]): boolean => {
      if (event === 'message' || event === 'internalMessage') traffic.read(this.#nowMs());
      else if (event === 'exit') this.#end(child, traffic, messages, values);
      return (emit as (...all: unknown[]) => boolean).call(child, event, ...values);
    };
  }

  #end({ pid, stdout }: ChildProcess, traffic: Traffic, messages: boolean, [code, signal]: readonly unknown[]): void {
    // Who has been given its input and ends well has done what it was there for.
    const failed = typeof signal === 'string' || code !== 0;
    if (pid === undefined || !traffic.owes || !(messages || (failed && stdout !== null))) return;
    const how = typeof signal === 'string' ? signal : `exit code ${code}`;
    this.#ended = [...this.#ended.slice(1 - MAX_ENDED), { traffic, pid, atMs: this.#nowMs(), how }];
  }

  /** Those that run. */
  running(): KnownChild[] {
    return this.#entries.flatMap(({ traffic, child: weak, messages }) => {
      const child = weak.deref();
      return child !== undefined && runs(child) ? [{ traffic, child, messages }] : [];
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
