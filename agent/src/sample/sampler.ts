import { EvidenceTrigger, LIMITS, type Sample, SampleKind, type SampleRequest } from '@streamgauge/proto';
import { isOffText } from '../features.ts';
import { nanoseconds } from '../thread/nanoseconds.ts';
import { type Follow, takeAwaits } from './await-evidence.ts';
import { takeGarbage } from './garbage-evidence.ts';
import { createPoolCanary } from './pool-canary.ts';
import { createProcessorTaker, type ProcessorTaker } from './processor-evidence.ts';
import type { EvidenceInit, SamplerOptions } from './sampling.ts';
import { lookAtThread, summariseLooks } from './thread-state.ts';

/** Takes evidence through the inspector, when asked to. */
export interface Sampler {
  /**
   * To be called at every look while the event loop is blocked; takes evidence at once, then rarely.
   * @param block Number of this block: another number says that the loop has turned in between.
   */
  loopBlocked(block: number): void;
  /** Answers a request of the monitor, whatever happens. */
  answer(request: SampleRequest): void;
}

/** The same block is looked at again after this long, and blocks at all no more often than once a second. */
const SAME_PAUSE_MS = 10_000;
/** The same while it is not clear whether the thread holds itself up: it has hardly had a processor since. */
const STARVED_PAUSE_MS = 2000;
/** How often a block in which the main thread has come back from a call is looked at again soon: it may make one after the other. */
const MAX_SOON = 3;
/** So much processor time without a turn of the event loop is the code's own doing. */
const OWN_DOING_MS = 300;
const ANY_PAUSE_MS = 1000;
/** How long a request may take beyond the duration it asks for. */
const REQUEST_TIMEOUT_MS = 8000;
const MAX_REQUESTS = 4;
/** Of how many worker threads it is remembered that a look has not been answered. */
const MAX_THREADS = 64;
const GARBAGE_TIMEOUT_MS = 5000;
/** Within this time after the end of a native call the event loop has turned, and this thread has seen it. */
const RETURN_MS = 200;
/** How long the processor time of a main thread whose event loop turns is looked at, and the share from which on it is busy. */
const LOAD_MS = 100;
const BUSY_SHARE = 0.5;

/** A sampler that has taken nothing yet. */
export function createSampler(options: SamplerOptions): Sampler {
  const { nowMs, pause, isOff = () => false } = options;
  const processor = createProcessorTaker(options, (evidence) => void followReturn(evidence));
  const canary = createPoolCanary(options);
  const takers = new Map<number, ProcessorTaker>();
  let requests = 0;
  let watching = 0;
  let watches: Promise<void> = Promise.resolve();
  /** One after the other, so that no thread is stopped for two at once; worker threads need not wait for the main thread. */
  const queues = { main: Promise.resolve(), threads: Promise.resolve() };
  let takingBlocked = false;
  let lastOperator = -1;
  let lastBlock = -1;
  let lastBlockedMs = Number.NEGATIVE_INFINITY;
  let starved = false;
  /** The look before was answered late, by a main thread whose loop does not turn all the same. */
  let cameBack = false;
  let soon = 0;

  return {
    loopBlocked(block) {
      if (isOff('cpu-sample')) return;
      const { runningOperator } = options.loop();
      const passedMs = nowMs() - lastBlockedMs;
      const same = block === lastBlock && runningOperator === lastOperator;
      const early = cameBack && soon < MAX_SOON;
      const pauseMs = !same || early ? ANY_PAUSE_MS : starved ? STARVED_PAUSE_MS : SAME_PAUSE_MS;
      if (takingBlocked || passedMs < pauseMs) return;
      soon = block === lastBlock ? soon + (early ? 1 : 0) : 0;
      cameBack = false;
      lastBlock = block;
      takingBlocked = true;
      lastOperator = runningOperator;
      lastBlockedMs = nowMs();
      void sendEvidence({ trigger: EvidenceTrigger.LOOP_BLOCKED, operatorId: runningOperator }, processor.take(0))
        .then((taken) => {
          starved = isStarved(taken);
          return followWithGarbage(block, taken);
        })
        .finally(() => {
          takingBlocked = false;
        });
    },
    answer(request) {
      const head = {
        requestId: request.requestId,
        trigger: EvidenceTrigger.REQUEST,
        operatorId: request.operatorId,
      };
      if (requests >= MAX_REQUESTS) {
        options.send({ ...head, missing: [`everything: ${MAX_REQUESTS} requests are already being answered`] });
        return;
      }
      requests += 1;
      const place = (options.threadOf?.(request.operatorId) ?? 0) === 0 ? 'main' : 'threads';
      queues[place] = queues[place]
        .then(() => answerOne(request, head))
        .finally(() => {
          requests -= 1;
        });
    },
  };

  /** Answers, and once more when watching for longer has told more, which no other request has to wait for. Never rejects. */
  async function answerOne(request: SampleRequest, head: EvidenceInit): Promise<void> {
    let follow: Follow | undefined;
    let late = false;
    const taking = take(request, (found) => {
      // Nobody waits for it any more.
      if (late) found.drop();
      else follow = found;
    });
    const sent = await sendEvidence(head, withTimeout(taking, request.durationMillis + REQUEST_TIMEOUT_MS));
    late = true;
    if (follow !== undefined) watchAfter(follow, sent);
  }

  function watchAfter(follow: Follow, sent: EvidenceInit): void {
    if (watching >= MAX_REQUESTS) {
      follow.drop();
      return;
    }
    watching += 1;
    watches = watches
      .then(() => follow.watch())
      .then((more) => {
        if (more !== undefined) options.send({ ...sent, ...more });
      })
      .catch(() => undefined)
      .finally(() => {
        watching -= 1;
      });
  }

  /** Sends what was taken, or that it failed; never rejects. */
  async function sendEvidence(head: EvidenceInit, taking: Promise<EvidenceInit>): Promise<EvidenceInit> {
    let evidence: EvidenceInit;
    try {
      evidence = { ...head, ...(await taking) };
    } catch (error) {
      evidence = { ...head, missing: [`stacks: ${error instanceof Error ? error.message : 'unknown fault'}`] };
    }
    options.send(evidence);
    return evidence;
  }

  /**
   * A second piece of evidence about a block in which the main thread answers: whether it is the collector of garbage that takes
   * its time. It comes later, because that has to be watched for a while and the line must not wait for it.
   */
  async function followWithGarbage(block: number, taken: EvidenceInit): Promise<void> {
    const goesOn = lastBlock === block && options.loop().blockedMs > 0;
    if (!goesOn || !mayCollect(taken)) return;
    const { trigger, operatorId, resources } = taken;
    const found = await garbageNow(options);
    if (found.garbage === undefined) return;
    options.send({
      ...found,
      ...(trigger === undefined ? {} : { trigger }),
      ...(operatorId === undefined ? {} : { operatorId }),
      ...(resources === undefined ? {} : { resources }),
      loopSilentNano: nanoseconds(options.loop().silentMs),
    });
  }

  /**
   * A pause of the collector looks like a native call: no answer, until it is over. But it is followed by the next one, and the event
   * loop does not turn in between.
   */
  async function followReturn(taken: EvidenceInit): Promise<void> {
    const block = lastBlock;
    await pause(RETURN_MS);
    if (block === lastBlock && options.loop().blockedMs > 0) cameBack = true;
    await followWithGarbage(block, taken);
  }

  /** What the collector takes now; empty where that cannot be said. Never rejects. */
  async function garbageNow({ openSession }: SamplerOptions): Promise<EvidenceInit> {
    if (isOff('cpu-sample')) return {};
    const session = await openSession();
    if (session === undefined) return {};
    try {
      const taking = takeGarbage(session, pause);
      taking.catch(() => undefined);
      // Not so long that the rest of the evidence comes too late for whoever asked.
      const garbage = await Promise.race([taking, pause(GARBAGE_TIMEOUT_MS).then(() => undefined)]);
      return garbage === undefined ? {} : { garbage };
    } catch {
      return {};
    } finally {
      session.close();
    }
  }

  /** How busy a thread is whose event loop turns, and with what, if it is not the code. */
  async function takeLoad(of: SamplerOptions): Promise<EvidenceInit> {
    const startMs = nowMs();
    const before = lookAtThread(of.systemThread);
    if (before === undefined) return {};
    await pause(LOAD_MS);
    const after = lookAtThread(of.systemThread);
    const thread = after === undefined ? undefined : summariseLooks([before, after], nowMs() - startMs);
    if (thread === undefined) return {};
    // While the collector works on several threads, the main thread may be ready and get little of a busy machine.
    const busy = thread.cpuShare >= BUSY_SHARE || thread.state === 'R';
    return { thread, ...(busy ? await garbageNow(of) : {}) };
  }

  async function withTimeout(taking: Promise<EvidenceInit>, timeoutMs: number): Promise<EvidenceInit> {
    taking.catch(() => undefined);
    return Promise.race([
      taking,
      pause(timeoutMs).then(() => ({ missing: [`everything: not taken within ${timeoutMs} ms`] })),
    ]);
  }

  async function take(request: SampleRequest, onFollow: (follow: Follow) => void): Promise<EvidenceInit> {
    const { operatorId } = request;
    const thread = options.threadOf?.(operatorId) ?? 0;
    // The main thread's stack would be the wrong one.
    const of = thread === 0 ? options : options.inThread?.(thread);
    if (of === undefined) return { missing: [`stacks: worker thread ${thread}, which ran the operator, has ended`] };
    const taker = thread === 0 ? processor : takerOf(thread, of);
    const blocked = of.loop().blockedMs > 0;
    const wanted = request.kinds.length > 0 ? request.kinds : [blocked ? SampleKind.CPU : SampleKind.AWAIT];
    const parts: EvidenceInit[] = [];
    const durationMs = Math.min(request.durationMillis, LIMITS.SAMPLE_DURATION_MILLIS);
    if (wanted.includes(SampleKind.CPU) && isOff('cpu-sample')) {
      parts.push({ missing: [isOffText('stacks', 'cpu-sample')] });
    } else if (wanted.includes(SampleKind.CPU)) {
      const taken = await taker.take(durationMs);
      parts.push(taken);
      if (blocked && mayCollect(taken)) parts.push(await garbageNow(of));
    }
    if (wanted.includes(SampleKind.AWAIT)) {
      if (!blocked) canary.start();
      if (parts.length === 0 && !blocked) parts.push(await takeLoad(of));
      if (blocked) parts.push({ missing: ['await stacks: the event loop is blocked'] });
      else if (isOff('await-sample')) parts.push({ missing: [isOffText('await stacks', 'await-sample')] });
      else {
        const { evidence, follow } = await takeAwaits(of, operatorId);
        if (follow !== undefined) onFollow(follow);
        parts.push(evidence, await inSilentThread(evidence, thread));
      }
    }
    if (wanted.includes(SampleKind.AWAIT) && !blocked) {
      parts.push({ threadPoolWaitingNano: nanoseconds(await canary.waitingMs()) });
    }
    if (isOff('source-reading')) parts.push({ missing: [isOffText('sources', 'source-reading')] });
    return mergeParts(parts, operatorId);
  }

  /** What a thread executes that has not answered a message and does not come back to its event loop. */
  async function inSilentThread({ connections = [] }: EvidenceInit, own: number): Promise<EvidenceInit> {
    if (isOff('cpu-sample')) return {};
    for (const { thread, owedNano } of connections) {
      const of = thread === 0 || thread === own || owedNano === 0n ? undefined : options.inThread?.(thread);
      if (of === undefined || of.loop().blockedMs === 0) continue;
      // Whose operator it is that runs there is told by the evidence of that operator.
      const {
        operatorId: _there,
        operatorLocation: _its,
        resources: _held,
        ...taken
      } = await takerOf(thread, of).take(0);
      return taken;
    }
    return {};
  }

  function takerOf(thread: number, of: SamplerOptions): ProcessorTaker {
    const known = takers.get(thread);
    if (known !== undefined) return known;
    if (takers.size >= MAX_THREADS) takers.delete(takers.keys().next().value as number);
    const taker = createProcessorTaker(of);
    takers.set(thread, taker);
    return taker;
  }
}

/** Whether the main thread answers, and so can be asked what the collector takes of its time. */
function mayCollect({ samples = [], debuggerPaused, nativeCall }: EvidenceInit): boolean {
  return debuggerPaused !== true && nativeCall === undefined && samples.length > 0;
}

/** Whether the thread is ready to run and has had so little of a processor that its silence says nothing of its code. */
function isStarved({ thread }: EvidenceInit): boolean {
  return thread?.state === 'R' && thread.cpuShare < BUSY_SHARE && Number(thread.spentNano) < OWN_DOING_MS * 1e6;
}

/** One evidence out of the parts that were taken one after the other. */
function mergeParts(parts: readonly EvidenceInit[], operatorId: number): EvidenceInit {
  const samples: Sample[] = [];
  for (const part of parts) {
    const before = samples.length;
    // A sample says by its place which other one it waits for.
    for (const sample of part.samples ?? []) {
      samples.push(sample.task === 0 ? sample : { ...sample, task: sample.task + before });
    }
  }
  return {
    ...Object.assign({}, ...parts),
    // The operator that was asked for, unless the request was for the whole worker and the samples have named one.
    ...(operatorId === 0 ? {} : { operatorId }),
    samples: samples.slice(0, LIMITS.SAMPLES_PER_EVIDENCE),
    missing: parts.flatMap((part) => part.missing ?? []).slice(0, LIMITS.MISSING_PER_EVIDENCE),
    callbackOutstanding: parts.some((part) => part.callbackOutstanding === true),
    promiseOutstanding: parts.some((part) => part.promiseOutstanding === true),
  };
}
