import { readdirSync, readFileSync } from 'node:fs';
import { QueueEvents, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Report } from './judge.ts';

/** BullMQ's own check for jobs that have stalled, in another process than the one with the fault, as where several workers run. */
export interface StalledJobs {
  readonly reports: readonly Report[];
  close(): Promise<void>;
}

/** Looks after all queues of the Redis that a program has started for itself. */
export async function watchStalledJobs(processGroup: number): Promise<StalledJobs> {
  const connection = { host: '127.0.0.1', port: redisPort(processGroup) };
  const redis = new Redis(connection);
  const names = (await redis.keys('bull:*:meta')).map((key) => key.slice('bull:'.length, -':meta'.length));
  redis.disconnect();
  const reports: Report[] = [];
  const workers = names.map((name) => new Worker(name, null, { connection, autorun: false }));
  const listeners = names.map((name) => new QueueEvents(name, { connection }));
  for (const worker of workers) {
    worker.on('error', () => {});
    void worker.startStalledCheckTimer();
  }
  for (const events of listeners) {
    events.on('error', () => {});
    events.on('stalled', ({ jobId }) =>
      reports.push({ atMs: Date.now(), text: `job ${jobId} of ${events.name} has stalled` }),
    );
  }
  return {
    reports,
    async close() {
      await Promise.allSettled([
        ...workers.map((worker) => worker.close(true)),
        ...listeners.map((events) => events.close()),
      ]);
    },
  };
}

/** From the command line of the server in the program's process group. */
function redisPort(processGroup: number): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [, , group] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      const port = /redis-server.*?(?:--port\0|:)(\d+)/s.exec(command)?.[1];
      if (Number(group) === processGroup && port !== undefined) return Number(port);
    } catch {
      // It has ended meanwhile.
    }
  }
  throw new Error('The program has started no redis-server.');
}
