import { guardFor } from '../broker/guarded.ts';
import { observeHandler } from '../broker/handler-call.ts';
import type { KnownPackage } from '../load/commonjs.ts';
import { HookedOnce } from '../load/hooked-once.ts';
import { hasMethods, ownerOf } from '../load/prototype-of.ts';
import { userCallSite } from '../operator/call-site.ts';
import type { Graph } from '../operator/graph.ts';
import { sameOutcome } from '../operator/same-outcome.ts';
import type { Patches } from '../stream/patch.ts';
import { type AddWatch, BullmqProducers } from './bullmq-producers.ts';
import type { BullmqBase, BullmqJob, BullmqWorker, JobOptions } from './bullmq-types.ts';
import { BullmqWorkers } from './bullmq-workers.ts';

/** The files of BullMQ 5 and 6 that hold the classes of jobs and of workers. */
const FILES = /[\\/]bullmq[\\/]dist[\\/]cjs[\\/]classes[\\/](?:job|worker)\.js$/;

type Methods = Record<string, unknown>;

/** Follows what a program adds to queues of BullMQ and what its workers take from them. */
export function followBullmq(patches: Patches, graph: Graph): KnownPackage {
  const once = new HookedOnce();
  const producers = new BullmqProducers(graph);
  const workers = new BullmqWorkers(graph);
  const watch = guardFor(graph);
  /** A promise with the same outcome: to look at one is to handle its rejection, of which nobody would then hear. */
  const follow = (promise: unknown, tell: (error: unknown, value?: unknown) => void): unknown => {
    if (!(promise instanceof Promise)) return promise;
    return sameOutcome(
      promise,
      (value) => watch(() => tell(undefined, value)),
      (error) => watch(() => tell(error ?? 'it failed without a reason')),
    );
  };
  return {
    file: FILES,
    loaded: (exports) => {
      const { Job, Worker } = (exports ?? {}) as { readonly Job?: unknown; readonly Worker?: unknown };
      hookJob(Job);
      if (typeof Worker === 'function') once.hook(Worker.prototype as Methods, hookWorker);
    },
    instrument: (client) => {
      if (hasMethods(client, 'processJob', 'moveToActive', 'nextJobFromJobData', 'run')) {
        once.hook(ownerOf(client, 'nextJobFromJobData'), hookWorker);
        watch(() => workers.run(client as BullmqWorker, () => undefined));
      } else if (!hasMethods(client, 'add', 'addBulk', 'getJobs')) return undefined;
      return hookJob((client as { readonly Job?: unknown }).Job);
    },
  };

  /** The class of jobs, which queues and workers have in common. */
  function hookJob(job: unknown): true | undefined {
    if (typeof job !== 'function') return undefined;
    once.hook(job.prototype as Methods, hookEnd);
    return once.hook(job as unknown as Methods, hookAdding);
  }

  function hookAdding(job: Methods): void {
    patches.method(job, 'create', (original) => {
      return function create(this: unknown, queue: BullmqBase, ...rest: unknown[]): unknown {
        const sent = watch(() => producers.add(queue, [rest[2] as JobOptions], () => userCallSite(create)));
        const promise = original.call(this, queue, ...rest);
        return sent === undefined ? promise : follow(promise, (error, made) => settle(sent, error, [made]));
      };
    });
    patches.method(job, 'createBulk', (original) => {
      return function createBulk(this: unknown, queue: BullmqBase, jobs: readonly { readonly opts?: JobOptions }[]) {
        const sent = watch(() => {
          const options = jobs.map(({ opts }) => opts);
          return producers.add(queue, options, () => userCallSite(createBulk));
        });
        const promise = original.call(this, queue, jobs);
        return sent === undefined ? promise : follow(promise, (error, made) => settle(sent, error, made));
      };
    });
  }

  /** The ways in which a job leaves the hands of a worker. */
  function hookEnd(job: Methods): void {
    for (const name of ['moveToCompleted', 'moveToFailed', 'moveToWait']) {
      patches.method(job, name, (original) => {
        return function move(this: BullmqJob, ...rest: unknown[]): unknown {
          const ended = watch(() => workers.committing(this));
          const promise = original.apply(this, rest);
          return ended === undefined ? promise : follow(promise, ended);
        };
      });
    }
  }

  function hookWorker(worker: Methods): void {
    patches.method(worker, 'run', (original) => {
      return function run(this: BullmqWorker): unknown {
        watch(() => workers.run(this, () => userCallSite(run)));
        return original.call(this);
      };
    });
    for (const [name, waits] of [
      ['moveToActive', 'for an answer'],
      ['waitForJob', 'for a job'],
    ] as const) {
      patches.method(worker, name, (original) => {
        return function ask(this: BullmqWorker, ...rest: unknown[]): unknown {
          // The last parameter of waitForJob is until when the next delayed job lets it wait.
          const over = watch(() => workers.asked(this, waits, rest.at(-1)));
          const promise = original.apply(this, rest);
          return over === undefined ? promise : follow(promise, over);
        };
      });
    }
    patches.method(worker, 'createJob', (original) => {
      return function createJob(this: BullmqWorker, ...rest: unknown[]): unknown {
        const job = original.apply(this, rest) as BullmqJob;
        watch(() => workers.take(this, job));
        return job;
      };
    });
    patches.method(worker, 'nextJobFromJobData', (original) => {
      return function nextJobFromJobData(this: BullmqWorker, ...rest: unknown[]): unknown {
        const promise = original.apply(this, rest);
        const [data, id] = rest;
        if (!data) return promise;
        return follow(promise, (_error, job) => {
          if (job === undefined) workers.lost(this, id);
        });
      };
    });
    patches.method(worker, 'callProcessJob', (original) => {
      return function callProcessJob(this: BullmqWorker, job: BullmqJob, ...rest: unknown[]): unknown {
        const handler = watch(() => workers.handlerOf(job));
        if (handler === undefined) return original.call(this, job, ...rest);
        const call = () => original.call(this, job, ...rest);
        return observeHandler(graph, handler, call, () => workers.begin(job))(job);
      };
    });
  }
}

function settle(sent: AddWatch, error: unknown, made: unknown): void {
  if (error === undefined) sent.added(made as readonly BullmqJob[]);
  else sent.refused(error);
}
