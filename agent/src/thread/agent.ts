import { randomUUID } from 'node:crypto';
import { type Hello, type Report, Topic, WorkerState } from '@streamgauge/proto';
import { openBoard } from '../board/board.ts';
import { Clock, Control } from '../board/layout.ts';
import { monotonicMs } from '../board/monotonic.ts';
import type { Feature } from '../features.ts';
import { credentialsFrom } from '../link/credentials.ts';
import { createLink, HEARTBEAT_PERIOD_MS } from '../link/link.ts';
import { createOutbox } from '../link/outbox.ts';
import { createLog } from '../log.ts';
import { closeMainSessions, mainSessionsOpen, mainSessionsUsed, openMainSession } from '../sample/main-session.ts';
import { createSampler } from '../sample/sampler.ts';
import type { SamplerOptions } from '../sample/sampling.ts';
import { sourceMaps } from '../sample/source-maps.ts';
import { sourceReading } from '../sample/source-reading.ts';
import { openThreadSession } from '../sample/thread-session.ts';
import { lookAtThread, readThreadCpuMs } from '../sample/thread-state.ts';
import { createStatusAnswerer } from '../status/answer-status.ts';
import { createMainThreadDesk } from '../status/ask-main.ts';
import type { StatusFacts } from '../status/section.ts';
import { createTaskBook } from '../task/task-book.ts';
import { isTaskMessage } from '../task/task-messages.ts';
import { systemThread } from '../worker-thread/system-thread.ts';
import { createAgentCommands } from './agent-commands.ts';
import { createEpochClock } from './epoch-clock.ts';
import { evidencePayload, failurePayload, lifecyclePayload } from './events.ts';
import { createFaults } from './faults.ts';
import { helloMessage } from './hello.ts';
import { applyCommand, applyWelcome, type LiveSettings } from './live-settings.ts';
import { createMainThreadSilence } from './main-thread-silence.ts';
import type { Drained, SourceLocation, ThreadData, ToThread } from './messages.ts';
import { longestHeldMs } from './operator-window.ts';
import { FIRST_PULSE_MS, pulsePeriodMs } from './pulse-period.ts';
import { buildReport, type DropFacts, type LoopFacts } from './report.ts';
import type { AgentEnvironment, ThreadAgent } from './thread-agent.ts';
import { createTopology, runningOperator, suspectsOf } from './topology.ts';
import { unfinishedEvidence } from './unfinished-evidence.ts';
import { createUntestedLog } from './untested.ts';
import { leavesDoubt } from './watchdog.ts';
import { createWorkerThreads } from './worker-threads.ts';

/** Pause between two pulses once the agent is off: the timer only keeps the thread alive, see main.ts. */
const OFF_PULSE_MS = 3_600_000;
/** Reports that a change calls for, beside the regular ones, come at most this often. */
const EXTRA_REPORT_PAUSE_MS = 100;

/** Sets the agent thread up; nothing runs before the first pulse. */
export function createThreadAgent(data: ThreadData, environment: AgentEnvironment): ThreadAgent {
  const { settings } = data;
  const board = openBoard(data.memory);
  const log = createLog({ level: settings.log, nowMs: monotonicMs });
  const faults = createFaults(board, (line) => log.error(line));
  const outbox = createOutbox();
  const epochs = createEpochClock();
  const cpuMs = (): number | undefined => readThreadCpuMs(environment.pid);
  const silence = createMainThreadSilence(board, cpuMs);
  const sayUntested = createUntestedLog(log);
  const tasks = createTaskBook({
    nowMs: monotonicMs,
    periodMs: HEARTBEAT_PERIOD_MS,
    onResult: (unixMs, value) => link.sendEvent(Topic.STATUS, unixMs, { case: 'taskResult', value }),
  });
  const threads = createWorkerThreads(data.channel, (run) => faults.guard(run)(), monotonicMs, {
    onUntested: sayUntested,
    onTask: (thread, message) => tasks.apply(thread, message),
    onEnded: (thread) => tasks.endThread(thread, Date.now()),
  });
  const topology = createTopology(board, threads.jobs);
  const session = randomUUID();
  const located = new Map<number, SourceLocation>();
  let live: LiveSettings = settings;
  let lastPulseMs = monotonicMs();
  let lastOpenMs = lastPulseMs;
  let periodMs = FIRST_PULSE_MS;
  let agentGapMs = 0;
  /** The newest report tells of a block that the monitor cannot be sure of. */
  let doubtful = false;
  // Not at once: what could not be told before there was time to connect is not lost.
  let nextReportMs = lastPulseMs + settings.reportIntervalMs;
  let lastReportMs = Number.NEGATIVE_INFINITY;
  let sequence = 0;
  let reportsDropped = 0;
  let stopped = false;

  const samplerOptions: SamplerOptions = {
    systemThread: environment.pid,
    agentFolder: environment.agentFolder,
    openSession: openMainSession,
    nowMs: monotonicMs,
    unixMs: Date.now,
    pause,
    isOff,
    loop: () => ({ ...silence.verdict, runningOperator: runningOperator(board) }),
    heldMs: (id) => longestHeldMs(topology.operators.get(id)?.window, lastPulseMs),
    threadOf: (id) => threads.threadOf(id),
    inThread,
    nativeCall: () => topology.nativeCall(),
    spentMs: () => silence.spentMs(),
    suspects: () => suspectsOf(topology),
    onStop: (stops) => silence.hold(stops),
    onDebugger: (paused) => {
      // Before the evidence, so that the monitor knows it when it looks at the standstill.
      if (silence.seePaused(paused)) report(monotonicMs());
    },
    send: (evidence) => link.sendEvent(Topic.EVIDENCE, Date.now(), evidencePayload(evidence)),
    onLocated: (id, location) => {
      if (topology.operators.has(id) || threads.threadOf(id) !== 0) located.set(id, location);
    },
  };
  const sampler = createSampler(samplerOptions);
  const mainThread = createMainThreadDesk(environment.toMain, pause);
  const status = createStatusAnswerer({
    facts: statusFacts,
    main: mainThread,
    send: (value) => link.sendAnswer({ case: 'statusAnswer', value }),
    nowMs: monotonicMs,
  });

  const link = createLink({
    url: settings.monitorUrl,
    credentials: credentialsFrom(settings),
    hello,
    outbox,
    log,
    random: Math.random,
    onWelcome: (welcome) => {
      live = applyWelcome(settings, welcome.settings);
      sourceReading.allow(!isOff('source-reading'));
      tasks.forgetTold();
      nextReportMs = 0;
    },
    onSampleRequest: (request) => sampler.answer(request),
    onStatusRequest: (request) => void status.answer(request),
    onCommand: (command) => commands.take(command),
    news: () => tasks.news(),
  });

  const commands = createAgentCommands({
    settings,
    environment,
    board,
    log,
    link,
    onStop: (stops) => silence.hold(stops),
    setInterval: (wish) => {
      nextReportMs = 0;
      live = applyCommand(live, wish);
      return live;
    },
  });

  sourceReading.allow(!isOff('source-reading'));
  link.sendEvent(Topic.LIFECYCLE, Date.now(), lifecyclePayload(WorkerState.RUNNING));

  const guardedPulse = faults.guard(pulse);
  return {
    pulse() {
      guardedPulse();
      if (!stopped) return periodMs;
      return mainSessionsUsed() || Atomics.load(board.control, Control.STOP) === 0 ? OFF_PULSE_MS : undefined;
    },
    receive: faults.guard(receive),
    fault: (error) => faults.count(error),
  };

  function pulse(): void {
    if (stopped) return;
    const nowMs = monotonicMs();
    const passedMs = nowMs - lastPulseMs;
    lastPulseMs = nowMs;
    agentGapMs = Math.max(agentGapMs, passedMs - periodMs);
    if (Atomics.load(board.control, Control.STOP) === 1) {
      switchOff();
      return;
    }
    board.clock[Clock.NOW_MS] = nowMs;
    if (epochs.tick(nowMs, live.markerIntervalMs)) Atomics.store(board.control, Control.EPOCH, epochs.epoch);
    Atomics.store(board.control, Control.PULSE, 1);
    look(nowMs);
    if (link.open) lastOpenMs = nowMs;
    const movedAtMs = Math.max(topology.movedAtMs, threads.movedAtMs);
    periodMs = pulsePeriodMs({
      turns: silence.verdict.turns,
      sinceMovedMs: nowMs - movedAtMs,
      sinceOpenMs: nowMs - lastOpenMs,
    });
    link.tick(nowMs);
    const { verdict } = silence;
    const changed = (verdict.change !== 'none' || doubtful) && nowMs - lastReportMs >= EXTRA_REPORT_PAUSE_MS;
    if (changed || nowMs >= nextReportMs) report(nowMs);
    if (verdict.blockedMs > 0) sampler.loopBlocked(silence.block);
    Atomics.store(board.control, Control.FAREWELL, link.known || mainSessionsOpen() ? 1 : 0);
  }

  function look(nowMs: number): void {
    silence.look({ nowMs, periodMs, limitMs: live.loopBlockedMs });
    topology.look({ nowMs, periodMs, ...silence.verdict }, runningOperator(board));
    threads.look({ nowMs, periodMs, epoch: epochs.epoch, loopBlockedMs: live.loopBlockedMs });
  }

  function report(nowMs: number): void {
    const sent = link.open && link.sendReport(nextReport(nowMs));
    doubtful = sent && leavesDoubt(silence.verdict, agentGapMs, live.loopBlockedMs);
    nextReportMs = nowMs + live.reportIntervalMs;
    lastReportMs = nowMs;
    if (!sent) {
      reportsDropped += 1;
      return;
    }
    board.clock[Clock.DELAY_MAX_MS] = 0;
    agentGapMs = 0;
    for (const known of [topology, ...threads.graphs.map((graph) => graph.topology)])
      for (const [id, { ended }] of known.operators) if (ended) located.delete(id);
    topology.forgetEnded();
    threads.forgetEnded();
  }

  /** What a look at a worker thread needs, as long as it is there. */
  function inThread(thread: number): SamplerOptions | undefined {
    const first = threads.view(thread);
    if (first === undefined) return undefined;
    const now = () => threads.view(thread) ?? first;
    const { onDebugger: _ofMain, spentMs: _itsTime, ...common } = samplerOptions;
    return {
      ...common,
      thread,
      systemThread: first.systemThread,
      openSession: () => openThreadSession(thread),
      loop: () => now().loop,
      heldMs: (id) => longestHeldMs(now().topology.operators.get(id)?.window, lastPulseMs),
      nativeCall: () => now().topology.nativeCall(),
      suspects: () => suspectsOf(now().topology),
      onStop: (stops) => now().searching(stops),
    };
  }

  function isOff(feature: Feature): boolean {
    return live.featuresOff.includes(feature);
  }

  function nextReport(nowMs: number): Report {
    sequence += 1;
    return buildReport({
      sequence,
      unixMs: Date.now(),
      monotonicMs: nowMs,
      intervalMs: live.reportIntervalMs,
      topology,
      threads: threads.graphs,
      epochs,
      loop: loopFacts(),
      drops: dropFacts(),
      located: (id) => located.get(id),
    });
  }

  function loopFacts(): LoopFacts {
    const { silentMs, blockedMs } = silence.verdict;
    return {
      silentMs,
      blockedMs,
      runningOperator: runningOperator(board),
      delayMaxMs: board.clock[Clock.DELAY_MAX_MS] ?? 0,
      cpuMs: cpuMs() ?? 0,
      agentGapMs,
      debuggerPaused: silence.paused,
      heapUsedBytes: board.clock[Clock.HEAP_USED] ?? 0,
      heapLimitBytes: board.clock[Clock.HEAP_LIMIT] ?? 0,
    };
  }

  function dropFacts(): DropFacts {
    return {
      reports: BigInt(reportsDropped),
      events: BigInt(outbox.dropped),
      operators: BigInt(Atomics.load(board.control, Control.OPERATORS_DROPPED) + topology.forgotten + threads.dropped),
      agentErrors: BigInt(Atomics.load(board.control, Control.AGENT_ERRORS) + threads.faults),
      frames: BigInt(link.strangeFrames),
      tasks: BigInt(Atomics.load(board.control, Control.TASKS_DROPPED) + threads.tasksDropped + tasks.dropped),
      commands: BigInt(commands.unanswered),
      jobs: BigInt(threads.jobs.refused),
    };
  }

  function statusFacts(): Omit<StatusFacts, 'main'> {
    return {
      unixMs: Date.now(),
      monotonicMs: lastPulseMs,
      pid: environment.pid,
      agentVersion: environment.agentVersion,
      settings,
      live,
      loop: loopFacts(),
      drops: dropFacts(),
      outbox,
      epochs,
      graphs: [{ thread: 0, topology }, ...threads.graphs],
      workerThreads: threads.graphs.flatMap(({ thread }) => {
        const view = threads.view(thread);
        return view === undefined ? [] : [{ thread, systemThread: view.systemThread, ...view.loop }];
      }),
      agentThread: systemThread(),
      lookAtThread,
    };
  }

  function receive(message: ToThread): void {
    if (stopped) return;
    if (message.type === 'failure')
      link.sendEvent(Topic.FAILURES, Date.now(), failurePayload(message, environment.agentFolder));
    else if (message.type === 'exit') leave(message.code, message.drained);
    else if (message.type === 'main-facts') mainThread.receive(message);
    else if (message.type === 'untested') sayUntested(message.untested);
    else if (message.type === 'thread' || message.type === 'thread-ended') threads.child(0, message);
    else if (isTaskMessage(message)) tasks.apply(0, message);
    else topology.apply(message, monotonicMs());
  }

  /** The main thread waits for this for a few milliseconds. */
  function leave(exitCode: number, drained: Drained | undefined): void {
    // No further look: a main thread that waits for us is not blocked, and a session opened now would outlast it.
    stopped = true;
    sourceMaps.hurry();
    closeMainSessions();
    look(monotonicMs());
    const state = exitCode === 0 ? WorkerState.FINISHED : WorkerState.FAILED;
    const placeOf = (id: number): SourceLocation | undefined =>
      located.get(id) ?? topology.operators.get(id)?.info.location;
    const evidence = drained === undefined ? [] : unfinishedEvidence(drained, placeOf, monotonicMs);
    for (const piece of evidence) outbox.add(Topic.EVIDENCE, Date.now(), evidencePayload(piece));
    const end = {
      exitCode,
      drained: drained !== undefined,
      unfinishedOperatorIds: drained?.unfinished.map(({ id }) => id) ?? [],
    };
    const farewell = {
      unixMs: Date.now(),
      lifecycle: lifecyclePayload(state, end),
      ...(link.open ? { report: nextReport(monotonicMs()) } : {}),
    };
    link.leave(farewell, () => {
      Atomics.store(board.control, Control.EXIT, 2);
      Atomics.notify(board.control, Control.EXIT);
    });
  }

  function switchOff(): void {
    stopped = true;
    threads.stop();
    closeMainSessions();
    if (link.open) link.leave({ unixMs: Date.now() }, () => link.stop());
    else link.stop();
  }

  function hello(): Hello {
    // From now on the monitor would miss the worker; the next pulse may come after its end.
    Atomics.store(board.control, Control.FAREWELL, 1);
    return helloMessage(settings, environment, session);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
