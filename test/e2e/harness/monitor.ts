import { type GraphView, type Incident, type MonitorConfigInput, startMonitor } from '@streamgauge/monitor';
import { whenFinished } from '../../support/test-end.ts';
import { startCli } from './cli.ts';
import type { Launched } from './launch.ts';
import { until } from './until.ts';

/** Short thresholds, so that a scenario is over in seconds. Milliseconds. */
export const TEST_LIMITS = {
  stallAfterMs: 1500,
  checkIntervalMs: 100,
  loopBlockedMs: 500,
  reportIntervalMs: 200,
  markerIntervalMs: 200,
  resolveAfterMs: 300,
  workerLostAfterMs: 1000,
} as const;

/** A running monitor, seen from outside through its HTTP interface. */
export interface TestMonitor {
  readonly url: string;
  /** What workers dial. */
  readonly workerUrl: string;
  /** JSON of a route; fails the test unless the answer is 200. */
  get<T>(path: string): Promise<T>;
  /** Every incident, newest first. */
  incidents(): Promise<readonly Incident[]>;
  /** The newest incident that matches, now or within that time. */
  waitForIncident(matches: (incident: Incident) => boolean, withinMs: number): Promise<Incident>;
  /** The same once it is told why, which takes longer than to tell where. */
  waitForVerdict(matches: (incident: Incident) => boolean, withinMs: number): Promise<Incident>;
  /** The graph of a job once it matches. */
  waitForGraph(job: string, matches: (graph: GraphView) => boolean, withinMs: number): Promise<GraphView>;
  close(): Promise<void>;
}

/** Starts a monitor in this process on a free port, kept in memory unless a data folder is given; inside a test only. */
export async function startTestMonitor(settings: MonitorConfigInput = {}): Promise<TestMonitor> {
  const monitor = await startMonitor({ ...TEST_LIMITS, port: 0, log: 'off', ...settings });
  whenFinished(() => monitor.close());
  return view(monitor.url, () => monitor.close(), settings.token);
}

/** Starts a monitor as a process of its own, through the command line; inside a test only. */
export async function startMonitorProcess(
  commandArguments: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<TestMonitor & { readonly process: Launched }> {
  const settings = Object.entries(TEST_LIMITS).map(([key, value]) => [environmentName(key), String(value)]);
  const started = startCli(['monitor', '--port', '0', ...commandArguments], {
    env: { ...Object.fromEntries(settings), ...env },
  });
  const line = await started.line(/http:\/\//, 10_000);
  const url = /http:\/\/\S+/.exec(line)?.[0] ?? '';
  const close = async (): Promise<void> => {
    started.kill('SIGTERM');
    await started.ended;
  };
  return { ...view(url, close), process: started };
}

function view(url: string, close: () => Promise<void>, token?: string): TestMonitor {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const get = async <T>(path: string): Promise<T> => {
    const answer = await fetch(new URL(path, url), { headers });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text) as T;
  };
  const incidents = async (): Promise<readonly Incident[]> =>
    (await get<{ readonly incidents: readonly Incident[] }>('/api/v1/incidents')).incidents;
  const waitForIncident: TestMonitor['waitForIncident'] = async (matches, withinMs) => {
    let seen: readonly Incident[] = [];
    try {
      return await until('the incident', withinMs, async () => {
        seen = await incidents();
        return seen.find(matches);
      });
    } catch (error) {
      throw new Error(`The expected incident did not come; there were: ${JSON.stringify(seen, null, 2)}`, {
        cause: error,
      });
    }
  };
  return {
    url,
    workerUrl: url.replace(/^http/, 'ws'),
    get,
    incidents,
    waitForIncident,
    waitForVerdict: (matches, withinMs) =>
      waitForIncident((incident) => incident.mechanism !== 'unknown' && matches(incident), withinMs),
    waitForGraph: async (job, matches, withinMs) => {
      let seen: GraphView | undefined;
      try {
        return await until('the graph', withinMs, async () => {
          // Until its first report, a job is unknown.
          seen = await get<GraphView>(`/api/v1/jobs/${encodeURIComponent(job)}/graph`).catch(() => undefined);
          return seen !== undefined && matches(seen) ? seen : undefined;
        });
      } catch (error) {
        throw new Error(`The graph did not become as expected; it is: ${JSON.stringify(seen, null, 2)}`, {
          cause: error,
        });
      }
    },
    close,
  };
}

/** stallAfterMs becomes STREAMGAUGE_STALL_AFTER_MS. */
function environmentName(key: string): string {
  return `STREAMGAUGE_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
