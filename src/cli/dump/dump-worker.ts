import type { PlainStack } from '@streamgauge/agent/external';
import { askMonitor } from '../ask-monitor.ts';
import { monitorHttpUrl } from '../monitor-url.ts';
import type { Deadline } from '../target/deadline.ts';
import { readToken } from '../token.ts';
import type { Dump } from './dump.ts';

/** Where the monitor is and how to be let in. */
export interface MonitorAccess {
  readonly monitor?: string;
  readonly tokenFile?: string;
}

/** What is read of a worker; the monitor sends more. */
interface WorkerView {
  readonly worker: string;
  readonly job: string;
  readonly pid: number;
  readonly runtimeVersion: string;
  readonly loop: { readonly blockedMs: number; readonly runningOperator: string | null } | null;
  readonly operators: readonly {
    readonly name: string;
    readonly kind: string;
    readonly state: string;
    readonly unit: string;
    readonly recordsIn: number;
    readonly recordsOut: number | null;
    readonly inFlight: number;
  }[];
}

interface SampleView {
  readonly samples: readonly (PlainStack & { readonly kind: 'cpu' | 'await' })[];
  readonly resources: readonly string[];
  readonly holdings?: readonly string[];
  readonly missing: readonly string[];
}

const DEFAULT_MONITOR = 'http://127.0.0.1:4680';

/** The same as of a process, asked through the monitor, on whatever machine the worker is. Throws CliError SG_CLI_MONITOR. */
export async function dumpWorker(worker: string, access: MonitorAccess, deadline: Deadline): Promise<Dump> {
  const base = monitorHttpUrl(access.monitor ?? DEFAULT_MONITOR);
  const token = access.tokenFile === undefined ? process.env.STREAMGAUGE_TOKEN : readToken(access.tokenFile);
  const path = `api/v1/workers/${encodeURIComponent(worker)}`;
  const ask = <Answer>(url: string, body?: object): Promise<Answer> =>
    askMonitor(new URL(url, base), { token, body, withinMs: deadline.left(Number.POSITIVE_INFINITY) });
  const view = await ask<WorkerView>(path);
  const { samples, resources, holdings = [], missing } = await ask<SampleView>(`${path}/samples`, { kind: 'both' });
  const of = (kind: 'cpu' | 'await'): PlainStack[] =>
    samples.filter((sample) => sample.kind === kind).map(({ count, frames }) => ({ count, frames }));
  return {
    process: null,
    agent: { job: view.job, worker: view.worker },
    loop: view.loop === null ? 'unknown' : view.loop.blockedMs > 0 ? 'blocked' : 'turning',
    thread: null,
    memory: null,
    running: of('cpu'),
    awaits: of('await'),
    operators: view.operators.map(({ name, kind, state, unit, recordsIn, recordsOut, inFlight }) => ({
      name,
      kind,
      state,
      running: view.loop?.runningOperator === name,
      completed: kind === 'source' ? (recordsOut ?? 0) : recordsIn,
      inFlight,
      unit,
    })),
    resources,
    holdings,
    missing,
  };
}
