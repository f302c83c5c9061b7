import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Event, Heartbeat, Hello, Report, StatusAnswer } from '@streamgauge/proto';
import { openTokenBook } from '../../../../monitor/src/access/token-book.ts';
import { resolveConfig } from '../../../../monitor/src/config/resolve.ts';
import type { MonitorConfigInput } from '../../../../monitor/src/config/settings.ts';
import type { LinkContext } from '../../../../monitor/src/link/context.ts';
import { createLinkCounters, type LinkCounters } from '../../../../monitor/src/link/counters.ts';
import { createLink, type Link } from '../../../../monitor/src/link/link.ts';
import { silentLogger } from '../../../../monitor/src/log.ts';
import type { ProgressMonitor } from '../../../../monitor/src/progress-monitor.ts';
import { createMemoryStore } from '../../../../monitor/src/store/memory-store.ts';
import type { Store } from '../../../../monitor/src/store/store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { whenFinished } from '../../../support/test-end.ts';

/** Everything the link told the core, in order, as short texts. */
export class RecordingCore {
  readonly calls: string[] = [];
  readonly hellos: Hello[] = [];
  readonly reports: Report[] = [];
  readonly events: Event[] = [];
  failing = false;

  workerConnected(hello: Hello): void {
    this.note(`connected ${hello.worker} ${hello.session}`);
    this.hellos.push(hello);
  }

  workerDisconnected(worker: string, how: string): void {
    this.note(`${how} ${worker}`);
  }

  reportReceived(worker: string, report: Report): void {
    this.note(`report ${worker} ${report.sequence}`);
    this.reports.push(report);
  }

  tasksTold(worker: string, { tasks }: Heartbeat): void {
    if (tasks.length > 0)
      this.note(
        `tasks ${worker} ${tasks.map(({ task, state, job }) => `${task}=${state}${job && ` of ${job}`}`).join(' ')}`,
      );
  }

  eventStored(worker: string, event: Event): void {
    this.note(`event ${worker} ${event.topic} ${event.number}`);
    this.events.push(event);
  }

  note(call: string): void {
    this.calls.push(call);
    if (this.failing) throw new Error('the core failed');
  }
}

/** A link on a real port with a store in memory. */
export interface LinkUnderTest {
  readonly url: string;
  readonly clock: FakeClock;
  readonly core: RecordingCore;
  readonly store: Store;
  readonly counters: LinkCounters;
  readonly link: Link;
  /** Answers about the status, and whether somebody waits for them. */
  readonly answers: { readonly worker: string; readonly answer: StatusAnswer }[];
  claims: boolean;
  readonly logged: string[];
  count(counter: string, reason?: string): number;
}

/** Starts a link that is closed when the test ends; inside a test only. */
export async function startLink(
  input: MonitorConfigInput = {},
  replace: { readonly store?: Store } = {},
): Promise<LinkUnderTest> {
  const clock = new FakeClock();
  const core = new RecordingCore();
  const store = replace.store ?? createMemoryStore({ clock });
  await store.open();
  const counters = createLinkCounters();
  const logged: string[] = [];
  const log = {
    ...silentLogger,
    oncePerMinute: (topic: string, message: string) => void logged.push(`${topic}: ${message}`),
  };
  const metrics: LinkContext['metrics'] = { reportReceived: () => {}, workerGone: () => {} };
  const progressMonitor = core as unknown as ProgressMonitor;
  const desk: Pick<LinkUnderTest, 'answers' | 'claims'> = { answers: [], claims: true };
  const statusDesk: LinkContext['statusDesk'] = {
    deliver: (worker, answer) => {
      desk.answers.push({ worker, answer });
      return desk.claims;
    },
  };
  const config = resolveConfig(input);
  const access = await openTokenBook({ config, clock, log, onRefused: () => {} });
  const link = createLink({
    config,
    access,
    clock,
    log,
    store,
    progressMonitor,
    statusDesk,
    metrics,
    commands: { answered: (worker, { requestId }) => core.note(`answered ${worker} ${requestId}`) },
    counters,
    version: '0.0.0',
  });
  const server = createServer();
  server.on('upgrade', (request, socket, head) => link.handleUpgrade(request, socket, head));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  whenFinished(async () => {
    const closing = link.close(1000);
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(3000);
    await closing;
    access.close();
    server.close();
    server.closeAllConnections();
    await store.close();
  });
  return Object.assign(desk, {
    url: `ws://127.0.0.1:${port}/v1/worker`,
    clock,
    core,
    store,
    counters,
    link,
    logged,
    count: (counter: string, reason?: string) =>
      counters
        .read()
        .filter((entry) => entry.counter === counter && (reason === undefined || entry.reason === reason))
        .reduce((sum, { value }) => sum + value, 0),
  });
}
