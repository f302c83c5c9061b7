import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Case, ClassifierAnswer } from '../classify/classification.ts';
import { classifierTimeoutMs, type Plugin, PluginError, type PluginFailure, tooLate } from '../classify/plugin.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { ModuleReply, ModuleRequest, ModuleThreadOptions } from './protocol.ts';

/** How long a module may take to load, milliseconds. */
const loadTimeoutMs = 10_000;
/** Cases that may wait for one module. */
const maxWaiting = 100;
/** Threads that may be lost one after the other before the module gets no new one for a while. */
const maxStrikes = 3;
/** How long a module is left alone that could not be loaded, or has lost its threads; milliseconds. */
const restMs = 60_000;
/** How long the end of the monitor waits for that of a thread. */
const closeTimeoutMs = 1000;
/** What the thread may use; beyond it Node.js ends it. */
const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 } as const;

/** What a module has said of itself. */
export interface Declaration {
  readonly name: string;
  readonly outputKeys: readonly string[];
}

export interface ModulePluginOptions {
  /** Absolute path of the module. */
  readonly path: string;
  readonly clock: Clock;
  /** Why what the module says of itself cannot be; undefined: it can. */
  readonly objection: (declaration: Declaration) => string | undefined;
}

/** A thread that has loaded the module. */
interface Thread {
  readonly worker: Worker;
  /** Settles the case it looks at. */
  settle: ((reply: ModuleReply | PluginError) => void) | undefined;
}

interface Rest {
  readonly untilMs: number;
  readonly failure: PluginFailure;
  readonly message: string;
}

/**
 * A classifier that is a module: it runs in a thread of its own, which is ended when it takes too long over a case, and begun
 * anew for the next one. One case at a time, so that the time of one is never another's.
 */
export class ModulePlugin implements Plugin {
  readonly #options: ModulePluginOptions;
  #declared: Declaration | undefined;
  #thread: Thread | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #nextId = 1;
  #strikes = 0;
  #rest: Rest | undefined;
  #closed = false;

  constructor(options: ModulePluginOptions) {
    this.#options = options;
  }

  /** What the module calls itself; until it is loaded, the name of its file. */
  get name(): string {
    return this.#declared?.name ?? basename(this.#options.path);
  }

  get outputKeys(): readonly string[] {
    return this.#declared?.outputKeys ?? [];
  }

  get declared(): Declaration | undefined {
    return this.#declared;
  }

  /** Why the module is not asked at the moment; undefined: it is. */
  fault(): string | undefined {
    const rest = this.#rest;
    return rest === undefined ? undefined : `classifier ${this.name} is not asked: ${rest.message}`;
  }

  /** Loads the module ahead of the first case. @throws PluginError */
  async load(): Promise<void> {
    await this.#ready();
  }

  ask(subject: Case): Promise<ClassifierAnswer | undefined> {
    if (this.#waiting >= maxWaiting) {
      return Promise.reject(new PluginError('busy', `${maxWaiting} cases wait for it already`));
    }
    this.#waiting += 1;
    const turn = this.#tail.then(() => this.#ask(subject));
    this.#tail = turn
      .catch(() => {})
      .finally(() => {
        this.#waiting -= 1;
      });
    return turn;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const thread = this.#thread;
    this.#end(new PluginError('crash', 'the monitor shuts down'));
    if (thread === undefined) return;
    // A thread in a system call comes to its end when that does.
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(closeTimeoutMs, resolve);
      void thread.worker.terminate().finally(() => {
        cancel();
        resolve();
      });
    });
  }

  async #ask(subject: Case): Promise<ClassifierAnswer | undefined> {
    const thread = await this.#ready();
    const id = this.#nextId++;
    const reply = await new Promise<ModuleReply | PluginError>((resolve) => {
      const cancel = this.#options.clock.after(classifierTimeoutMs, () => this.#strike(thread, tooLate()));
      thread.settle = (settled) => {
        thread.settle = undefined;
        cancel();
        resolve(settled);
      };
      try {
        thread.worker.postMessage({ id, subject } satisfies ModuleRequest);
      } catch (error) {
        thread.settle(new PluginError('crash', messageOf(error)));
      }
    });
    if (reply instanceof PluginError) throw reply;
    this.#strikes = 0;
    if (reply.kind === 'failed') throw new PluginError(reply.failure, reply.message);
    if (reply.kind !== 'answer' || reply.json === null) return undefined;
    return JSON.parse(reply.json) as ClassifierAnswer;
  }

  /** The thread, begun when there is none. @throws PluginError */
  async #ready(): Promise<Thread> {
    if (this.#closed) throw new PluginError('crash', 'the monitor shuts down');
    if (this.#thread !== undefined) return this.#thread;
    const nowMs = this.#options.clock.monotonicMs();
    const rest = this.#rest;
    if (rest !== undefined && nowMs < rest.untilMs) throw new PluginError(rest.failure, rest.message);
    try {
      const { worker, declaration } = await this.#start();
      const changed = this.#declared !== undefined && JSON.stringify(this.#declared) !== JSON.stringify(declaration);
      const objection = changed
        ? 'its name or its output keys have changed; start the monitor again'
        : this.#options.objection(declaration);
      if (objection !== undefined) {
        void worker.terminate();
        throw new Error(objection);
      }
      this.#declared = declaration;
      this.#rest = undefined;
      const thread: Thread = { worker, settle: undefined };
      this.#watch(thread);
      this.#thread = thread;
      return thread;
    } catch (error) {
      const message = `it could not be loaded: ${messageOf(error)}`;
      this.#rest = { untilMs: this.#options.clock.monotonicMs() + restMs, failure: 'load', message };
      throw new PluginError('load', message);
    }
  }

  #start(): Promise<{ readonly worker: Worker; readonly declaration: Declaration }> {
    const workerData: ModuleThreadOptions = { url: pathToFileURL(this.#options.path).href };
    // An empty execArgv: whatever preloads the monitor was started with have no business in this thread.
    const worker = new Worker(threadUrl(), {
      workerData,
      execArgv: [],
      name: 'streamgauge-classifier',
      resourceLimits,
      stdout: true,
    });
    worker.unref();
    // The monitor's own output may be read by programs.
    worker.stdout.on('data', (chunk: Buffer) => process.stderr.write(chunk));
    return new Promise((resolve, reject) => {
      const fail = (message: string): void => {
        cancel();
        worker.removeAllListeners('message');
        void worker.terminate();
        reject(new Error(message));
      };
      const cancel = this.#options.clock.after(loadTimeoutMs, () =>
        fail(`it did not load within ${loadTimeoutMs / 1000} s`),
      );
      worker.once('message', (reply: ModuleReply) => {
        if (reply.kind === 'ready') {
          cancel();
          worker.removeAllListeners('error').removeAllListeners('exit');
          resolve({ worker, declaration: { name: reply.name, outputKeys: reply.outputKeys } });
        } else fail(reply.kind === 'refused' ? reply.message : 'it spoke before it was asked');
      });
      worker.on('error', (error) => fail(messageOf(error)));
      worker.once('exit', (code) => fail(`its thread ended with code ${code}`));
    });
  }

  #watch(thread: Thread): void {
    const { worker } = thread;
    worker.on('message', (reply: ModuleReply) => thread.settle?.(reply));
    worker.on('error', (error) =>
      this.#strike(thread, new PluginError('crash', `its thread failed: ${messageOf(error)}`)),
    );
    worker.once('exit', (code) => this.#strike(thread, new PluginError('crash', `its thread ended with code ${code}`)));
  }

  /** The thread is of no more use. */
  #strike(thread: Thread, error: PluginError): void {
    if (thread !== this.#thread) return;
    this.#strikes += 1;
    if (this.#strikes >= maxStrikes) {
      const message = `it lost ${maxStrikes} threads one after the other, the last because ${error.message}`;
      this.#rest = { untilMs: this.#options.clock.monotonicMs() + restMs, failure: error.failure, message };
      this.#strikes = 0;
    }
    this.#end(error);
  }

  #end(error: PluginError): void {
    const thread = this.#thread;
    this.#thread = undefined;
    if (thread === undefined) return;
    thread.settle?.(error);
    // Not waited for: a thread in a system call comes to its end when that does.
    void thread.worker.terminate();
  }
}

/** Source runs as .ts, the build as .js; a URL is not rewritten by the compiler. */
function threadUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './module-thread.ts' : './module-thread.js', import.meta.url);
}
