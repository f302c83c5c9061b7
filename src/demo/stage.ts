import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineIncidentListener, type GraphView, type IncidentEvent, startMonitor } from '@streamgauge/monitor';
import type { Fault } from './fault.ts';
import { type FlowRow, flowBetween } from './flow.ts';
import { IncidentWatch } from './incident-watch.ts';
import { DEMO_LIMITS } from './limits.ts';
import { StorageServer } from './storage-server.ts';
import { WorkerProcess } from './worker-process.ts';

/** Names under which the demo's worker shows up at the monitor. */
export const DEMO_JOB = 'demo';
export const DEMO_WORKER = 'demo-worker';

const ANSWER_WITHIN_MS = 2000;

/** A monitor in this process, a storage, and a worker process under the agent, all of them real. */
export interface Stage {
  /** Address of the monitor. */
  readonly url: string;
  readonly worker: WorkerProcess;
  readonly incidents: IncidentWatch;
  /** The operators with their rates since the last call; empty while the graph is not known. */
  flow(): Promise<readonly FlowRow[]>;
  inject(fault: Fault): void;
  lift(): void;
  close(): Promise<void>;
}

/** Sets everything up below a temporary folder, which goes with the process, however it ends. */
export async function openStage(onIncident: (event: IncidentEvent) => void): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-demo-'));
  const incidents = new IncidentWatch();
  const storage = new StorageServer();
  const listener = defineIncidentListener({
    name: 'demo',
    onIncident: (incident, { event }) => {
      incidents.push({ event, incident });
      onIncident({ event, incident });
    },
  });
  let worker: WorkerProcess | undefined;
  // Also on an unexpected end: nothing may be left behind.
  const sweep = (): void => {
    worker?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', sweep);
  let monitor: Awaited<ReturnType<typeof startMonitor>> | undefined;
  const close = async (): Promise<void> => {
    worker?.stop();
    storage.close();
    await monitor?.close();
    sweep();
    process.off('exit', sweep);
  };
  try {
    monitor = await startMonitor({
      ...DEMO_LIMITS,
      port: 0,
      dataDir: join(folder, 'data'),
      log: 'off',
      listeners: [listener],
    });
    worker = new WorkerProcess({
      temporaryFolder: folder,
      storagePort: await storage.listen(),
      job: DEMO_JOB,
      worker: DEMO_WORKER,
      monitorUrl: monitor.url.replace(/^http/, 'ws'),
    });
  } catch (error) {
    await close();
    throw error;
  }
  const started = worker;
  const url = monitor.url;
  let before: GraphView | undefined;
  return {
    url,
    worker: started,
    incidents,
    flow: async () => {
      const now = await graph(url);
      const rows = before === undefined || now === undefined ? [] : flowBetween(before, now);
      before = now ?? before;
      return rows;
    },
    inject: (fault) => {
      if (fault === 'slow-sink') storage.reads = false;
      else started.inject(fault);
    },
    lift: () => {
      storage.reads = true;
      started.lift();
    },
    close,
  };
}

/** Asks as any other program would; undefined while the monitor does not know the job. */
async function graph(url: string): Promise<GraphView | undefined> {
  try {
    const answer = await fetch(new URL(`/api/v1/jobs/${DEMO_JOB}/graph`, url), {
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    return answer.ok ? ((await answer.json()) as GraphView) : undefined;
  } catch {
    return undefined;
  }
}
