import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Incident } from '@streamgauge/monitor';
import { REGISTER } from '../../shapes/look.ts';
import type { StallCase } from '../../stalls/truth.ts';
import { npmPackage } from '../../support/peers.ts';
import type { Report } from './judge.ts';
import type { SentryServer } from './sentry-server.ts';
import { type StalledJobs, watchStalledJobs } from './stalled-jobs.ts';

/** What the tools of a run share. */
export interface Surroundings {
  readonly monitorUrl: string;
  readonly sentry: SentryServer;
}

/** A tool as it goes with one program. */
export interface Attachment {
  /** Arguments of node itself. */
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Called when the fault has happened. */
  faultSeen?(processGroup: number): Promise<void>;
  /** What came another way than over descriptor 3. */
  reports?(): readonly Report[] | Promise<readonly Report[]>;
  close?(): void | Promise<void>;
}

export interface Tool {
  readonly name: string;
  readonly version: string;
  readonly settings: string;
  /** The question that it was made to answer. */
  readonly madeFor: string;
  /** From the fault to the end of the program: the time that the tool takes by its settings, and a margin of some seconds. */
  readonly waitMs: number;
  /** Set where a person has to ask; sent once. */
  readonly askedBy?: NodeJS.Signals;
  /** Whether what a program prints on its standard error is what this tool says. */
  readonly saysOnError?: boolean;
  /** False where a program has nothing for it to look at. */
  concerns(stallCase: StallCase): boolean;
  attach(stallCase: StallCase, surroundings: Surroundings): Promise<Attachment>;
}

const WAIT_MS = 8000;
/** BullMQ looks for stalled jobs every 30 s, and calls one stalled that it finds without a lock for the second time. */
const STALLED_WAIT_MS = 70_000;

const SENTRY_NATIVE = { name: '@sentry/node-native', version: '10.75.3' };
const PPROF = { name: '@datadog/pprof', version: '5.20.0' };

const always = (): boolean => true;
let projects = 0;

export const TOOLS: readonly Tool[] = [
  {
    name: 'Node.js itself',
    version: process.versions.node,
    settings: 'none: what the program prints on its standard error',
    madeFor: 'errors that nobody handles, and a module that ends before its top-level await has',
    waitMs: WAIT_MS,
    saysOnError: true,
    concerns: always,
    attach: async () => ({ args: [] }),
  },
  {
    name: 'diagnostic report',
    version: process.versions.node,
    settings: '`--report-on-signal`, asked once 3 s after the fault',
    madeFor: 'the state of a process at one moment: the stack that runs, the heap, the handles of libuv',
    waitMs: WAIT_MS,
    askedBy: 'SIGUSR2',
    concerns: always,
    attach: async () => attachReport(),
  },
  {
    name: '@sentry/node-native',
    version: SENTRY_NATIVE.version,
    settings:
      '@sentry/node 10.75.3 with `eventLoopBlockIntegration({ threshold: 1000 })`, and 100 events an hour instead of 1',
    madeFor: 'event loops that are blocked, and (as @sentry/node) errors that nobody handles',
    waitMs: WAIT_MS,
    concerns: always,
    attach: async (_stallCase, { sentry }) => {
      const project = ++projects;
      const env = { PEER_PACKAGES: await folderOf(SENTRY_NATIVE), PEER_SENTRY_DSN: sentry.dsn(project) };
      return { ...preload('sentry'), env, reports: () => sentry.reports(project) };
    },
  },
  {
    name: 'blocked-at',
    version: versionOf('blocked-at'),
    settings: '`threshold: 1000`',
    madeFor: 'callbacks that have held the loop and have come back, by where they were made',
    waitMs: WAIT_MS,
    concerns: always,
    attach: async () => preload('blocked-at'),
  },
  {
    name: 'why-is-node-running',
    version: versionOf('why-is-node-running'),
    settings: 'asked once by a signal 3 s after the fault',
    madeFor: 'handles that keep a process from ending, by where they were opened',
    waitMs: WAIT_MS,
    askedBy: 'SIGUSR2',
    concerns: always,
    attach: async () => preload('why-is-node-running'),
  },
  {
    name: '@datadog/pprof',
    version: PPROF.version,
    settings: 'wall-clock profiles, 99 Hz, lines; one every 2 s',
    madeFor: 'where processor time goes in a process that works',
    waitMs: WAIT_MS,
    concerns: always,
    attach: async () => ({ ...preload('profiler'), env: { PEER_PACKAGES: await folderOf(PPROF) } }),
  },
  {
    name: "BullMQ's stalled check",
    version: versionOf('bullmq'),
    settings: "a second process with a `Worker`'s defaults, and `QueueEvents`",
    madeFor: 'jobs whose worker has gone or no longer renews their lock, which are given to another',
    waitMs: STALLED_WAIT_MS,
    concerns: ({ truth: { shape } }) => shape.split(', ').includes('BullMQ'),
    attach: async () => attachStalledCheck(),
  },
  {
    name: 'streamgauge',
    version: versionOf('@streamgauge/agent'),
    settings: 'stall threshold of 2 s; of an incident only its one location counts',
    madeFor: 'streams that stand still',
    waitMs: WAIT_MS,
    concerns: always,
    attach: async ({ id }, { monitorUrl }) => attachStreamgauge(id, monitorUrl),
  },
];

function preload(name: string): { readonly args: readonly string[] } {
  return { args: ['--import', new URL(`./preload/${name}.mjs`, import.meta.url).href] };
}

function attachReport(): Attachment {
  const folder = mkdtempSync(join(tmpdir(), 'report-'));
  return {
    // Without the network, whose names it would look up one after the other before it writes anything.
    args: ['--report-on-signal', '--report-signal=SIGUSR2', `--report-directory=${folder}`, '--report-exclude-network'],
    reports: () =>
      readdirSync(folder).flatMap((name) => {
        const { javascriptStack, workers } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
        return [{ atMs: Date.now(), text: JSON.stringify([javascriptStack, workers], undefined, 1) }];
      }),
    close: () => rmSync(folder, { recursive: true }),
  };
}

function attachStalledCheck(): Attachment {
  let check: StalledJobs | undefined;
  return {
    args: [],
    faultSeen: async (processGroup) => {
      check = await watchStalledJobs(processGroup);
    },
    reports: () => check?.reports ?? [],
    close: () => check?.close(),
  };
}

function attachStreamgauge(id: string, monitorUrl: string): Attachment {
  // The same program may have run before.
  const job = `${id}-beside-others`;
  return {
    args: ['--import', REGISTER],
    env: {
      STREAMGAUGE_MONITOR_URL: monitorUrl.replace(/^http/, 'ws'),
      STREAMGAUGE_JOB: job,
      STREAMGAUGE_WORKER: job,
      STREAMGAUGE_LOG: 'error',
    },
    async reports() {
      const answer = await fetch(new URL(`/api/v1/incidents?job=${encodeURIComponent(job)}`, monitorUrl));
      const { incidents } = (await answer.json()) as { readonly incidents: readonly Incident[] };
      return incidents
        .filter(({ type }) => type !== 'state-change')
        .map(({ type, openedAt, evidence: { location } }) => ({
          atMs: Date.parse(openedAt),
          text: type,
          ...(location !== null && { places: [location] }),
        }));
    },
  };
}

/** Of packages that are measured and not otherwise used: they are fetched when they are first asked for. */
async function folderOf({ name, version }: { readonly name: string; readonly version: string }): Promise<string> {
  const { path, reason } = await npmPackage(name, version);
  if (path === undefined) throw new Error(reason);
  return path;
}

function versionOf(name: string): string {
  const require = createRequire(import.meta.url);
  const folders = require.resolve.paths(name) ?? [];
  for (const folder of folders) {
    try {
      return (JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')) as { version: string }).version;
    } catch {
      // Not in this one.
    }
  }
  throw new Error(`${name} is not installed.`);
}
