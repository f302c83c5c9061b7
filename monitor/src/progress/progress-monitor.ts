import { randomUUID } from 'node:crypto';
import { type Event, type Heartbeat, type Hello, type Report, WorkerState } from '@streamgauge/proto';
import { ChannelBook } from '../channel/channel-book.ts';
import type { Case } from '../classify/classification.ts';
import type { Clock } from '../clock.ts';
import { type Assessment, assess } from '../detect/assess.ts';
import type { Finding, Victim } from '../detect/finding.ts';
import { Diagnostician } from '../diagnose/diagnostician.ts';
import { SampleDesk } from '../diagnose/sample-desk.ts';
import { MonitorError, messageOf, monitorErrorCodes } from '../errors.ts';
import { dedupKey } from '../incident/dedup-key.ts';
import { type Description, describe } from '../incident/describe.ts';
import type { Incident, IncidentEvent, IncidentFilter } from '../incident/incident.ts';
import { IncidentBook } from '../incident/incident-book.ts';
import { Publisher } from '../incident/publisher.ts';
import type { Logger } from '../log.ts';
import { type CodeOwner, workersWord } from '../model/code-owner.ts';
import { readEvidence } from '../model/evidence.ts';
import type { Parting } from '../model/parting.ts';
import { defaultRosterLimits, Roster } from '../model/roster.ts';
import { nanoToMs } from '../model/wire-values.ts';
import { drainSnapshot } from '../model/worker-drain.ts';
import { endWindow, failWindow, forgetFailure } from '../model/worker-failure.ts';
import { runsPartOf } from '../model/worker-jobs.ts';
import type { TaskFacts } from '../model/worker-tasks.ts';
import type { Moment, WorkerWindow } from '../model/worker-window.ts';
import type { DetectionLimits, GraphInParts, JobView, WorkerView } from '../progress-monitor.ts';
import { matchesFilter } from '../store/incident-filter.ts';
import { CaseClassifier, caseKey } from './case-classifier.ts';
import { Completion } from './completion.ts';
import { JobPaths } from './job-paths.ts';
import type { ProgressCounters, ProgressMonitorOptions, RunningProgressMonitor } from './options.ts';
import { RestoredWorkers } from './restored-workers.ts';
import { joinSharedWaits } from './shared-wait.ts';
import { withoutSleepers } from './sleeper.ts';
import { standingJobs } from './standing-jobs.ts';
import { withoutStarvedLoops } from './starved-loop.ts';
import { TaskRegister } from './task-register.ts';
import { joinThreadWaits } from './thread-wait.ts';
import { Viewer } from './viewer.ts';
import { WorkerLimits } from './worker-limits.ts';

/** Incidents open at the same time, and the least pause between two updates of one of them. */
const maxOpenIncidents = 10_000;
const updatePauseMs = 1000;
const nothing: readonly string[] = [];

/** Creates the monitor's core. It starts no timer of its own: the caller calls check(). */
export function createProgressMonitor(options: ProgressMonitorOptions): RunningProgressMonitor {
  return new Core(options);
}

class Core implements RunningProgressMonitor {
  readonly #clock: Clock;
  readonly #limits: DetectionLimits;
  readonly #workerLimits: WorkerLimits;
  readonly #onTasksLost: NonNullable<ProgressMonitorOptions['onTasksLost']>;
  readonly #logger: Logger;
  readonly #roster: Roster;
  readonly #book: IncidentBook;
  readonly #diagnostician: Diagnostician;
  readonly #desk: SampleDesk;
  readonly #publisher: Publisher;
  readonly #classifier: CaseClassifier;
  readonly #codeOwner: CodeOwner;
  readonly #restored: RestoredWorkers;
  readonly #channels = new ChannelBook();
  readonly #tasks = new TaskRegister();
  readonly #viewer: Viewer;
  readonly #completion: Completion;
  readonly #paths = new JobPaths();
  readonly #assessments = new Map<string, Assessment>();
  readonly #callbacks = new Set<(event: IncidentEvent) => void>();
  #lastCheckMs: number | null = null;
  #strangers = 0;

  constructor(options: ProgressMonitorOptions) {
    const { clock, limits, logger, requestSample: request } = options;
    const newId = options.newId ?? randomUUID;
    this.#clock = clock;
    this.#limits = limits;
    this.#workerLimits = new WorkerLimits(limits, options.wishesOf);
    this.#onTasksLost = options.onTasksLost ?? (() => {});
    this.#codeOwner = options.codeOwner ?? workersWord;
    this.#logger = logger;
    const { checkIntervalMs, resolveAfterMs } = limits;
    this.#roster = new Roster({ ...defaultRosterLimits, checkIntervalMs }, this.#codeOwner);
    this.#restored = new RestoredWorkers(defaultRosterLimits.keepDepartedMs);
    this.#book = new IncidentBook({ resolveAfterMs, updatePauseMs, maxOpen: maxOpenIncidents }, newId);
    this.#viewer = new Viewer({
      clock,
      roster: this.#roster,
      channels: this.#channels,
      assessments: this.#assessments,
      openIncidents: () => this.#book.open(),
      tasks: this.#tasks,
    });
    this.#diagnostician = new Diagnostician({ request, newId });
    this.#completion = new Completion({
      neighbourhood: {
        portsOf: (worker) => this.#channels.portsOf(worker),
        windowOf: (worker) => this.#roster.get(worker),
      },
      evidenceOf: (finding) => this.#diagnostician.fileOf(finding).evidence,
      stands: (job) => this.#paths.stands(job),
    });
    this.#desk = new SampleDesk({ request, clock, newId });
    this.#publisher = new Publisher({ store: options.store, clock, logger, tell: (event) => this.#tell(event) });
    this.#classifier = new CaseClassifier({
      plugins: options.plugins ?? { classifiers: [], failureClassifiers: [] },
      report: options.pluginReport ?? { failed: () => {}, labelsDropped: () => {} },
      onDecided: (worker) => this.#evaluate(worker, 0),
    });
  }

  restore(openIncidents: readonly Incident[]): void {
    this.#book.restore(openIncidents);
    this.#restored.add(openIncidents, this.#clock.monotonicMs());
  }

  workerConnected(hello: Hello): void {
    const before = this.#roster.get(hello.worker);
    if (before !== undefined) this.#paths.set(hello.worker, nothing);
    const window = this.#roster.connect(hello, this.#now());
    this.#channels.update(window);
    this.#restored.seen(window);
    this.#tellLost(window, this.#tasks.connected(window.facts, this.#clock.unixMs()));
    this.#evaluate(window.facts.worker, 0);
  }

  workerDisconnected(worker: string, how: 'left' | 'lost', parting?: Parting): void {
    this.#roster.disconnect(worker, how, this.#now(), parting);
    this.#channels.depart(worker);
    this.#evaluate(worker, 0);
  }

  reportReceived(worker: string, report: Report): void {
    const window = this.#roster.report(worker, report, this.#now());
    if (window === undefined) {
      this.#strangers += 1;
      return;
    }
    this.#channels.update(window);
    this.#restored.seen(window);
    this.#roster.update(worker, forgetFailure);
    this.#evaluate(worker, 0);
  }

  tasksTold(worker: string, heartbeat: Heartbeat): void {
    if (heartbeat.tasks.length === 0 && heartbeat.capacity === undefined) return;
    const window = this.#roster.get(worker);
    if (window === undefined) this.#strangers += 1;
    else this.#tasks.heartbeat(window.facts, heartbeat);
  }

  eventStored(worker: string, event: Event): void {
    const { payload } = event;
    const known = this.#roster.get(worker);
    if (known === undefined) {
      this.#strangers += 1;
      return;
    }
    const now = this.#now();
    if (payload.case === 'evidence') {
      const { requestId } = payload.value;
      if (requestId !== '' && this.#desk.deliver(worker, requestId, event)) return;
      const evidence = readEvidence(payload.value, event.atUnixNano, this.#codeOwner);
      this.#diagnostician.take(known.facts, evidence, now.monotonicMs);
      if (evidence.trigger === 'loop-resumed') {
        const { operatorId } = evidence;
        const events = this.#book.explain({ worker, operatorId }, (each) => this.#describe(each, known), now);
        this.#publisher.publish(events);
      }
    } else if (payload.case === 'failure') {
      const failure = payload.value;
      this.#roster.update(worker, (window) => failWindow(window, failure, now, this.#codeOwner));
    } else if (payload.case === 'taskResult') {
      this.#tasks.result(known.facts, payload.value, nanoToMs(event.atUnixNano));
      return;
    } else if (payload.case === 'lifecycle') {
      const lifecycle = payload.value;
      const failed = lifecycle.state === WorkerState.FAILED;
      if (!failed && lifecycle.state !== WorkerState.FINISHED) return;
      this.#roster.update(worker, (window) => endWindow(window, lifecycle, failed, now));
    } else {
      return;
    }
    this.#evaluate(worker, 0);
  }

  check(): void {
    const nowMs = this.#clock.monotonicMs();
    const passedMs = this.#lastCheckMs === null ? 0 : Math.max(0, nowMs - this.#lastCheckMs);
    // However late this check is, it counts as one: a suspended monitor has seen nothing in between.
    const elapsedMs = Math.min(passedMs, this.#limits.checkIntervalMs);
    this.#lastCheckMs = nowMs;
    for (const worker of this.#roster.age(nowMs)) this.#forget(worker);
    this.#diagnostician.sweep(nowMs);
    for (const { facts } of this.#roster.all()) this.#evaluate(facts.worker, elapsedMs);
    for (const worker of this.#book.workers()) {
      if (this.#roster.get(worker) === undefined && !this.#restored.awaits(worker, nowMs))
        this.#closeAll(worker, elapsedMs);
    }
  }

  jobs(): readonly JobView[] {
    return this.#viewer.jobs();
  }

  job(name: string): JobView | undefined {
    return this.#viewer.job(name);
  }

  graph(job: string): GraphInParts | undefined {
    return this.#viewer.graph(job);
  }

  workers(): readonly WorkerView[] {
    return this.#viewer.workers();
  }

  workerNames(): readonly string[] {
    return Array.from(this.#roster.all(), ({ facts }) => facts.worker);
  }

  worker(name: string): WorkerView | undefined {
    return this.#viewer.worker(name);
  }

  openIncidents(filter: IncidentFilter): readonly Incident[] {
    return this.#book.open().filter((incident) => matchesFilter(incident, filter));
  }

  onIncident(callback: (event: IncidentEvent) => void): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  sample(
    worker: string,
    request: { readonly kinds: readonly ('cpu' | 'await')[]; readonly durationMs: number; readonly operator?: string },
    timeoutMs: number,
  ): Promise<Event> {
    const { kinds, durationMs, operator } = request;
    const known = this.#roster.get(worker)?.snapshot?.operators.find(({ name }) => name === operator);
    if (operator !== undefined && known === undefined) {
      const message = `Worker ${JSON.stringify(worker)} has no operator ${JSON.stringify(operator)} now.`;
      return Promise.reject(new MonitorError(monitorErrorCodes.notFound, message));
    }
    return this.#desk.ask(worker, { kinds, durationMs, operatorId: known?.id ?? 0 }, timeoutMs);
  }

  settled(): Promise<void> {
    return this.#publisher.settled();
  }

  async close(): Promise<void> {
    await this.#publisher.settled();
    this.#publisher.close();
    this.#callbacks.clear();
  }

  counters(): ProgressCounters {
    const { dropped, unclaimed } = this.#diagnostician.counters;
    return {
      ...this.#publisher.counters,
      incidentsRefused: this.#book.refused,
      workersForgotten: this.#roster.workersForgotten,
      diagnosesDropped: dropped,
      evidenceUnclaimed: unclaimed,
      strangers: this.#strangers,
      portsDropped: this.#channels.counters.ports,
      positionHistoriesDropped: this.#channels.counters.histories,
      tasksDropped: this.#tasks.dropped,
    };
  }

  /** One round over one worker: what is wrong, what evidence is due, what becomes of its incidents. */
  #evaluate(worker: string, elapsedMs: number): void {
    const window = this.#roster.get(worker);
    if (window === undefined) return;
    const now = this.#now();
    this.#tellLost(window, this.#tasks.look(window, this.#limits.workerLostAfterMs, now.unixMs));
    const bare = assess(window, now.monotonicMs, this.#workerLimits.of(window.facts));
    this.#paths.set(worker, openJobs(window, bare));
    const assessment = this.#completion.complete(bare, window, now.monotonicMs, elapsedMs > 0);
    this.#assessments.set(worker, assessment);
    if (assessment.findings.length === 0 && !this.#book.tracks(worker)) return;
    for (const finding of assessment.findings) this.#diagnostician.consider(finding, now.monotonicMs);
    for (const finding of this.#book.findings(worker)) {
      if (assessment.undecided.has(finding.rule)) this.#diagnostician.keep(finding, now.monotonicMs);
    }
    const evidenceOf = (finding: Finding) => this.#diagnostician.fileOf(finding).evidence;
    const known = { evidenceOf, isOpen: (each: Finding) => this.#book.has(each) };
    const standing = withoutSleepers(withoutStarvedLoops(assessment.findings, known), known);
    const waits = {
      ...known,
      operatorOf: ({ operatorId }: Finding) => window.snapshot?.operatorsById.get(operatorId),
      isAsked: (each: Finding) => this.#diagnostician.asks(each),
    };
    const findings = joinThreadWaits(joinSharedWaits(standing, waits), waits);
    const due = findings.filter(
      (finding) => this.#book.has(finding) || !this.#diagnostician.expects(finding, now.monotonicMs),
    );
    const round = this.#book.reconcile(
      worker,
      { ...assessment, findings: due },
      (finding) => this.#describe(finding, window),
      now,
      elapsedMs,
    );
    const stillStand = new Set(assessment.findings.map(dedupKey));
    for (const finding of round.ended) {
      // One that waits with another has lost its incident, and its evidence says why.
      if (!stillStand.has(dedupKey(finding))) this.#diagnostician.clear(finding);
      this.#classifier.forget(caseKey(finding));
    }
    this.#publisher.publish(round.events);
  }

  #describe(finding: Finding, window: WorkerWindow): Description {
    const file = this.#diagnostician.fileOf(finding);
    const failure = finding.rule === 'failure' ? window.failure : null;
    const snapshot = finding.rule === 'left-undone' ? drainSnapshot(window) : window.snapshot;
    const subject: Case = {
      finding,
      operator: snapshot?.operatorsById.get(finding.operatorId) ?? null,
      loop: window.snapshot?.loop ?? null,
      evidence: file.evidence,
      failure,
    };
    const version = `${file.version} ${finding.operatorId} ${failure?.at.monotonicMs ?? ''}`;
    const decided = this.#classifier.decide(caseKey(finding), version, subject);
    const jobOf = ({ worker, operatorId }: Victim) =>
      this.#roster.get(worker)?.snapshot?.operatorsById.get(operatorId)?.job;
    return describe(subject, decided, file.missing, standingJobs(finding, { window, snapshot, jobOf }));
  }

  #closeAll(worker: string, elapsedMs: number): void {
    const nothing = { findings: [], undecided: new Set<never>() };
    const round = this.#book.reconcile(
      worker,
      nothing,
      () => {
        throw new Error('an assessment without findings describes nothing');
      },
      this.#now(),
      elapsedMs,
    );
    this.#publisher.publish(round.events);
  }

  #forget(worker: string): void {
    this.#assessments.delete(worker);
    this.#channels.forget(worker);
    this.#completion.forget(worker);
    this.#tasks.forget(worker);
  }

  #tell(event: IncidentEvent): void {
    for (const callback of this.#callbacks) {
      try {
        callback(event);
      } catch (thrown) {
        this.#logger.oncePerMinute('on-incident', `a callback for incidents failed: ${messageOf(thrown)}`);
      }
    }
  }

  #tellLost({ facts: { worker, job } }: WorkerWindow, lost: readonly TaskFacts[]): void {
    if (lost.length > 0) this.#onTasksLost({ worker, job }, lost);
  }

  #now(): Moment {
    return { monotonicMs: this.#clock.monotonicMs(), unixMs: this.#clock.unixMs() };
  }
}

/** The jobs that a worker runs and in which records can still go through. Of most workers it is their only one. */
function openJobs(window: WorkerWindow, { closedJobs }: Assessment): readonly string[] {
  if (closedJobs.length === 0 && window.jobs.length === 1) return window.jobs;
  return window.jobs.filter((job) => runsPartOf(window, job) && !closedJobs.includes(job));
}
