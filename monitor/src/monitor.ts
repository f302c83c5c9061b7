import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Server as SecureServer } from 'node:tls';
import { openTokenBook } from './access/token-book.ts';
import { type Clock, systemClock } from './clock.ts';
import { CommandDesk } from './command/command-desk.ts';
import { wishesFor } from './config/provisioning.ts';
import { resolveConfig } from './config/resolve.ts';
import type { MonitorConfig, MonitorConfigInput } from './config/settings.ts';
import { messageOf } from './errors.ts';
import { createHealth, type Health } from './health/health.ts';
import { openCertificate } from './http/certificate.ts';
import { listen } from './http/listen.ts';
import { createHttpServer } from './http/server.ts';
import { createLinkCounters } from './link/counters.ts';
import { createLink, type Link } from './link/link.ts';
import { instrumentOf } from './link/link-metrics.ts';
import { createListenerRegistry } from './listener/registry.ts';
import { webhookListener } from './listener/webhook-listener.ts';
import { createLogger, type Logger } from './log.ts';
import { observeCoreCounters } from './metrics/core-counters.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import { ownerByPatterns } from './model/code-owner.ts';
import { openPlugins } from './plugin/open-plugins.ts';
import { reportPlugins } from './plugin/report-plugins.ts';
import { lostTasksRecorder } from './progress/lost-tasks.ts';
import { createProgressMonitor } from './progress/progress-monitor.ts';
import { createRetention } from './retention/retention.ts';
import { createSnapshots } from './status/snapshots.ts';
import { StatusDesk } from './status/status-desk.ts';
import { WorkerStatus } from './status/worker-status.ts';
import { createMemoryStore } from './store/memory-store.ts';
import { createSqliteStore } from './store/sqlite/sqlite-store.ts';
import type { Store } from './store/store.ts';
import { watchStore } from './store/watched-store.ts';
import { monitorVersion } from './version.ts';

/** How long workers, listeners and the store each get to finish when the monitor closes. */
const closeWithinMs = 2000;

/** Open incidents of an earlier run that are taken back. */
const maxRestored = 10_000;

/** A monitor that runs. */
export interface Monitor {
  /** Its address, such as `http://127.0.0.1:4680`; workers dial the same one. */
  readonly url: string;
  /** Looks at the files of tokens and of the certificate at once, rather than within two seconds. */
  lookAtFiles(): Promise<void>;
  /** Says goodbye to workers, stores what was received and ends; takes a few seconds at most. May be called twice. */
  close(): Promise<void>;
}

/**
 * Starts a monitor: store, core, metrics, listeners, link and HTTP interface, in this order, and ends them in reverse.
 *
 * @throws MonitorError with one clear sentence when a setting, the data folder or the address does not allow it; then
 * nothing is left running
 */
export async function startMonitor(input: MonitorConfigInput | MonitorConfig = {}): Promise<Monitor> {
  const config = resolveConfig(input);
  const clock: Clock = systemClock;
  const log = createLogger({ level: config.log, write: (line) => void process.stderr.write(line), clock });
  const endings: (() => unknown)[] = [];
  const endAll = async (): Promise<void> => {
    for (const end of endings.reverse()) {
      try {
        await end();
      } catch (error) {
        log.error(`A part of the monitor did not end well: ${messageOf(error)}`);
      }
    }
  };
  try {
    const parts = await compose(config, clock, log, endings);
    let closing: Promise<void> | undefined;
    return {
      ...parts,
      close: () => {
        closing ??= endAll();
        return closing;
      },
    };
  } catch (error) {
    await endAll();
    throw error;
  }
}

async function compose(
  config: MonitorConfig,
  clock: Clock,
  log: Logger,
  endings: (() => unknown)[],
): Promise<Omit<Monitor, 'close'>> {
  // These come into being later than the parts that call them.
  let link: Link | undefined;
  let metrics: Metrics | undefined;

  const certificate = config.tls === undefined ? undefined : await openCertificate(config.tls);
  const access = await openTokenBook({
    config,
    clock,
    log,
    onRefused: (reason) => metrics?.count('streamgauge.monitor.tokens.refused', 1, { reason }),
  });
  endings.push(() => access.close());

  const health = createHealth(clock);
  /** What the store says before there are metrics; it is opened first. */
  const early: (() => void)[] = [];
  const count: Metrics['count'] = (...counted) => {
    if (metrics === undefined) early.push(() => metrics?.count(...counted));
    else metrics.count(...counted);
  };
  const store = watchStore(createStore(config, clock, log, health, { count, metrics: () => metrics }), clock, () =>
    count('streamgauge.monitor.store.failures'),
  );
  await store.open();
  endings.push(() => store.close());

  const pluginReport = reportPlugins(log, () => metrics);
  const plugins = openPlugins({ ...config, clock, report: pluginReport });
  endings.push(() => plugins.close());
  const codeOwner = ownerByPatterns(config.userCode);

  const progress = createProgressMonitor({
    clock,
    limits: config,
    store,
    logger: log,
    plugins,
    pluginReport,
    codeOwner,
    requestSample: (worker, request) => link?.sendSampleRequest(worker, request) ?? false,
    wishesOf: (worker) => wishesFor(config, worker),
    onTasksLost: lostTasksRecorder({ store, clock, log }),
  });
  progress.restore(await store.incidents({ state: 'open' }, maxRestored));

  const told = createMetrics({
    progress,
    settings: config.metrics,
    environment: process.env,
    version: monitorVersion,
    logger: log,
    onExport: (fault) => (fault === undefined ? health.exported() : health.exportFailed(fault)),
  });
  metrics = told;
  for (const tell of early.splice(0)) tell();
  endings.push(() => told.close());
  await plugins.load();

  const listeners = createListenerRegistry({
    listeners: [
      ...config.listeners,
      ...config.webhooks.map((webhook, index) => webhookListener(webhook, index, clock)),
    ],
    clock,
    progress,
    history: (filter) => store.incidents(filter, 100),
    meter: told.meter,
    logger: log,
    onFailure: (listener, reason) => {
      told.count('streamgauge.monitor.listener.failures', 1, { listener });
      health.listenerFailed(listener, reason);
    },
    onTold: health.listenerTold,
    onDropped: (listener) => {
      told.count('streamgauge.monitor.listener.dropped', 1, { listener });
      health.listenerDropped(listener);
    },
  });
  endings.push(() => listeners.close(closeWithinMs));
  endings.push(progress.onIncident((event) => listeners.notify(event)));
  endings.push(() => progress.close());
  observeCoreCounters(told.meter, () => progress.counters());

  const statusDesk = new StatusDesk({
    request: (worker, request) => link?.sendStatusRequest(worker, request) ?? 'absent',
    clock,
    newId: randomUUID,
  });
  endings.push(() => statusDesk.close());
  const status = new WorkerStatus({ progress, store, desk: statusDesk, unixMs: () => clock.unixMs() });

  const counters = createLinkCounters((counter, reason, by) => {
    const { name, attributes } = instrumentOf(counter, reason);
    told.count(name, by, attributes);
    if (counter === 'connections-closed' && reason === 'slow-reader') health.workerSlow();
  });
  const commands = new CommandDesk({
    send: (worker, command) => link?.sendCommand(worker, command) ?? false,
    store,
    clock,
    log,
    newId: randomUUID,
    count: (command, outcome) => told.count('streamgauge.monitor.commands', 1, { command, outcome }),
  });
  const context = { access, config, clock, store, progress, metrics: told, commands, version: monitorVersion };
  const warnings = (): readonly string[] => [...plugins.faults(), ...(certificate?.warnings(clock.unixMs()) ?? [])];
  const onSlowReader = (request: string, mayRead: boolean): void => {
    told.count('streamgauge.monitor.http.cut');
    // Whoever has no token must not be able to raise an alarm.
    if (mayRead) health.readerSlow(request);
  };
  const toHttp = { status, logger: log, storeFaults: store.faults, health, warnings, onSlowReader, codeOwner };
  const server = createHttpServer({ ...context, ...toHttp }, certificate?.options);
  endings.push(() => server.close());
  const opened = createLink({ ...context, log, progressMonitor: progress, statusDesk, counters });
  link = opened;
  server.server.on('upgrade', opened.handleUpgrade);
  const looks = [access.look];
  if (server.server instanceof SecureServer && certificate !== undefined) {
    const followed = certificate.follow(server.server, clock, log);
    endings.push(followed.stop);
    looks.push(followed.now);
  }
  endings.push(() => opened.close(closeWithinMs));
  const url = await listen(server, config.host, config.port);

  endings.push(
    clock.every(config.checkIntervalMs, () => {
      try {
        progress.check();
        health.checked();
      } catch (error) {
        told.count('streamgauge.monitor.faults');
        health.checkFailed(messageOf(error));
        log.oncePerMinute('check', `A check failed: ${messageOf(error)}`);
      }
    }),
  );
  const snapshots = createSnapshots({ store, progress, status, clock, log, pattern: config.snapshotSchedule });
  endings.push(() => snapshots.close());
  const retention = createRetention({ store, clock, log, retentionMs: config.retentionMs });
  endings.push(() => retention.close());
  await retention.prune();
  log.info(`The monitor listens at ${url}.`);
  const lookAtFiles = async (): Promise<void> => {
    await Promise.all(looks.map((look) => look()));
    log.info('Token files and certificates were looked at; other settings are read when the monitor starts.');
  };
  return { url, lookAtFiles };
}

function createStore(
  config: MonitorConfig,
  clock: Clock,
  log: Logger,
  health: Health,
  { count, metrics }: { readonly count: Metrics['count']; readonly metrics: () => Metrics | undefined },
): Store {
  if (config.dataDir === undefined) {
    return createMemoryStore({ clock, onDrop: (by) => count('streamgauge.monitor.store.dropped', by) });
  }
  return createSqliteStore({
    folder: join(config.dataDir),
    clock,
    maxBytes: config.storeMaxBytes,
    onCommit: (commitMs) => metrics()?.commitTook(commitMs / 1000),
    onSetAside: (path) => {
      log.error(`The data file was damaged and is kept at ${path}; a new one was begun.`);
      count('streamgauge.monitor.store.set_aside');
      health.dataSetAside(path, () => existsSync(path));
    },
    onUnreadable: () => {
      log.oncePerMinute('store-unreadable', 'Entries of the data file could not be read and were left out.');
      count('streamgauge.monitor.store.unreadable');
      health.dataUnreadable();
    },
  });
}
