import { readFileSync } from 'node:fs';
import { create, FrameSchema } from '@streamgauge/proto';
import { describe, expect, it } from 'vitest';
import { builtInClassifiers, classifyBuiltIn } from '../../../../monitor/src/classify/built-in.ts';
import type { Case } from '../../../../monitor/src/classify/classification.ts';
import type { Finding } from '../../../../monitor/src/detect/finding.ts';
import { readEvidence, readFrames } from '../../../../monitor/src/model/evidence.ts';
import { readReport } from '../../../../monitor/src/model/read-report.ts';
import { findingOf } from '../../../support/finding.ts';
import { type EvidenceWords, evidenceOf, frameOf, type OperatorWords, reportOf } from '../../../support/story.ts';

interface Row {
  readonly story: string;
  readonly rule: Finding['rule'];
  /** Default `stall`. */
  readonly type?: Finding['type'];
  readonly operator?: OperatorWords;
  readonly operatorKnown?: boolean;
  /** Default `enrich`. */
  readonly name?: string;
  readonly outlets?: Finding['outlets'];
  readonly evidence?: readonly EvidenceWords[];
  readonly agentGapMs?: number;
  readonly facts?: Finding['facts'];
  readonly failure?: {
    readonly name: string;
    readonly message?: string;
    readonly frames?: readonly string[];
    readonly exitCode?: number;
  };
  /** `classifier category mechanism confidence`. */
  readonly decided: string;
  /** `file:line`, or null. */
  readonly at: string | null;
}

const loopBlocked = { trigger: 'loop-blocked' } as const;
const drained = { trigger: 'loop-drained', operatorId: 1 } as const;
const place = (file: string) => ({ function: 'enrich', file, line: 12 });
const working = { state: 'R', cpuShare: 0.98 };
const peer = 'TCPSocketWrap 10.0.0.1:9000';
const intoPeer = { operatorId: 2, operator: 'Socket 10.0.0.1:9000 (sink)' };
const answered = [{ ...intoPeer, blocked: false }];
const writable = 'node Writable.write node:internal/streams/writable:510';

const rows: readonly Row[] = [
  {
    story: 'a call that goes from one await to the next without end',
    rule: 'operator-stalled',
    evidence: [
      { operatorId: 1, await: ['user reserve /app/stock.mjs:9', 'user enrich /app/enrich.mjs:5'], settled: true },
    ],
    decided: 'await-pending user livelock 0.6',
    at: '/app/stock.mjs:9',
  },
  {
    story: 'a record that is stuck while others go on, one of which has just come on',
    rule: 'record-stuck',
    evidence: [
      { operatorId: 1, await: ['user reserve /app/stock.mjs:9', 'user enrich /app/enrich.mjs:5'], settled: true },
    ],
    decided: 'await-pending user await-pending 0.4',
    at: '/app/stock.mjs:9',
  },
  {
    story: 'the same in a package of nobody’s',
    rule: 'operator-stalled',
    name: 'spin',
    evidence: [{ operatorId: 1, await: ['dependency spin /app/node_modules/spin/index.js:9'], settled: true }],
    decided: 'await-pending system livelock 0.6',
    at: '/app/node_modules/spin/index.js:9',
  },
  {
    story: 'what is called in each round is further in than the function that goes round',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        await: ['user update /app/account.mjs:11', 'user book /app/stock.mjs:33', 'user enrich /app/enrich.mjs:5'],
        settled: true,
        turningFrame: 2,
      },
    ],
    decided: 'await-pending user livelock 0.6',
    at: '/app/stock.mjs:33',
  },
  {
    story: 'a write that fails again and again because the device is full',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        await: ['user write /app/journal.mjs:9', 'user enrich /app/enrich.mjs:5'],
        settled: true,
        errors: [
          {
            code: 'ENOSPC',
            frames: [
              'node writeFile node:internal/fs/promises:9',
              'user Journal.write /app/journal.mjs:7',
              'user enrich /app/enrich.mjs:5',
            ],
          },
        ],
      },
    ],
    decided: 'failing resource failing 0.8',
    at: '/app/journal.mjs:7',
  },
  {
    story: 'the same, seen once by a call that goes on',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        await: ['user write /app/journal.mjs:9', 'user enrich /app/enrich.mjs:5'],
        settled: true,
        errors: [{ code: 'ENOSPC', count: 1, frames: ['user write /app/journal.mjs:7'] }],
      },
    ],
    decided: 'failing resource failing 0.7',
    at: '/app/journal.mjs:7',
  },
  {
    story: 'one that was seen once by a call that stays where it is',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        await: ['user write /app/journal.mjs:9', 'user enrich /app/enrich.mjs:5'],
        errors: [{ code: 'ENOSPC', count: 1, frames: ['user write /app/journal.mjs:7'] }],
      },
    ],
    decided: 'await-pending user await-pending 0.8',
    at: '/app/journal.mjs:9',
  },
  {
    story: 'an error of somebody else, as often as it comes',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        await: ['user write /app/journal.mjs:9', 'user enrich /app/enrich.mjs:5'],
        settled: true,
        errors: [{ code: 'ECONNREFUSED', count: 30, frames: ['user ping /app/health.mjs:7'] }],
      },
    ],
    decided: 'await-pending user livelock 0.6',
    at: '/app/journal.mjs:9',
  },
  {
    story: 'an error in a record of several: it may be that of another one',
    rule: 'record-stuck',
    evidence: [
      {
        operatorId: 1,
        await: ['user write /app/journal.mjs:9', 'user enrich /app/enrich.mjs:5'],
        errors: [{ code: 'ENOSPC', frames: ['user write /app/journal.mjs:7'] }],
      },
    ],
    decided: 'await-pending user await-pending 0.4',
    at: '/app/journal.mjs:9',
  },
  {
    story: 'a peer that is not there, tried again and again',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        await: ['user again /app/again.mjs:4', 'user enrich /app/enrich.mjs:5'],
        errors: [
          {
            name: 'TypeError',
            code: 'ECONNREFUSED',
            frames: ['user ask /app/ask.mjs:9', 'user again /app/again.mjs:2'],
          },
        ],
      },
    ],
    decided: 'failing dependency failing 0.8',
    at: '/app/again.mjs:2',
  },
  {
    story: 'a status that an error carries',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        await: ['user again /app/again.mjs:4', 'user enrich /app/enrich.mjs:5'],
        errors: [
          { name: 'AxiosError', code: 'ERR_BAD_RESPONSE', status: 502, frames: ['user again /app/again.mjs:2'] },
        ],
      },
    ],
    decided: 'failing dependency failing 0.8',
    at: '/app/again.mjs:2',
  },
  {
    story: 'a status that says that the request is wrong',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        await: ['user again /app/again.mjs:4', 'user enrich /app/enrich.mjs:5'],
        errors: [{ name: 'AxiosError', code: 'ERR_BAD_REQUEST', status: 404, frames: ['user again /app/again.mjs:2'] }],
      },
    ],
    decided: 'failing user failing 0.8',
    at: '/app/again.mjs:2',
  },
  {
    story: 'an error of the project’s own while a peer refuses everything',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        await: ['user again /app/again.mjs:4', 'user enrich /app/enrich.mjs:5'],
        errors: [{ frames: ['user ask /app/ask.mjs:9', 'user again /app/again.mjs:2'] }],
        answers: [
          { peer: '10.0.0.9:80', answers: 9, refused: 1 },
          { peer: '10.0.0.1:80', answers: 3, refused: 3 },
        ],
      },
    ],
    decided: 'failing dependency failing 0.7',
    at: '/app/again.mjs:2',
  },
  {
    story: 'an error of the project’s own while no peer refuses everything',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        await: ['user again /app/again.mjs:4', 'user enrich /app/enrich.mjs:5'],
        errors: [{ name: 'TypeError', frames: ['user ask /app/ask.mjs:9', 'user again /app/again.mjs:2'] }],
        answers: [{ peer: '10.0.0.9:80', answers: 9, refused: 1 }],
      },
    ],
    decided: 'failing user failing 0.7',
    at: '/app/again.mjs:2',
  },
  {
    story: 'an error that a package has made',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        await: ['user again /app/again.mjs:4', 'user enrich /app/enrich.mjs:5'],
        errors: [{ frames: ['dependency parse /app/node_modules/zod/index.js:9', 'user again /app/again.mjs:2'] }],
      },
    ],
    decided: 'failing user failing 0.6',
    at: '/app/again.mjs:2',
  },
  {
    story: 'an error without the calls that wait for it, in a file of the operator’s',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        await: ['user again /app/again.mjs:4', 'user enrich /app/enrich.mjs:5'],
        errors: [{ code: 'EMFILE', frames: ['user - /app/again.mjs:12', 'node wrapper node:internal/timers:1'] }],
      },
    ],
    decided: 'failing resource failing 0.6',
    at: '/app/again.mjs:12',
  },
  {
    story: 'a handler that a client library calls again and again, and that throws',
    rule: 'operator-stalled',
    operator: { leg: 'handle', location: { function: 'bill', file: '/app/bill.mjs', line: 23 } },
    evidence: [{ operatorId: 1, errors: [{ frames: ['user book /app/bill.mjs:16', 'user bill /app/bill.mjs:24'] }] }],
    decided: 'failing user failing 0.7',
    at: '/app/bill.mjs:16',
  },
  {
    story: 'a call that goes round without an error while a peer refuses everything',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        await: ['user again /app/again.mjs:4', 'user enrich /app/enrich.mjs:5'],
        settled: true,
        answers: [{ peer: '10.0.0.1:80', answers: 3, refused: 3 }],
      },
    ],
    decided: 'failing dependency failing 0.6',
    at: '/app/again.mjs:4',
  },
  {
    story: 'a call that goes round without an error, and a single refusal',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        await: ['user again /app/again.mjs:4', 'user enrich /app/enrich.mjs:5'],
        settled: true,
        answers: [{ peer: '10.0.0.1:80', answers: 1, refused: 1 }],
      },
    ],
    decided: 'await-pending user livelock 0.6',
    at: '/app/again.mjs:4',
  },
  {
    story: 'a call that goes round without an error while connections fail for want of ports',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 30_000,
        await: ['user again /app/again.mjs:4', 'user enrich /app/enrich.mjs:5'],
        settled: true,
        connections: [{ failures: 40, failingMs: 29_000, failure: 'EADDRNOTAVAIL' }],
      },
    ],
    decided: 'failing resource failing 0.6',
    at: '/app/again.mjs:4',
  },
  {
    story: 'a callback that was not called when the event loop ran dry',
    rule: 'left-undone',
    evidence: [{ ...drained, callbackOutstanding: true, operatorLocation: place('/app/enrich.mjs') }],
    decided: 'left-undone user callback-lost 0.9',
    at: '/app/enrich.mjs:12',
  },
  {
    story: 'the same in an installed package',
    rule: 'left-undone',
    evidence: [{ ...drained, callbackOutstanding: true, operatorLocation: place('/app/node_modules/split/index.js') }],
    decided: 'left-undone system callback-lost 0.9',
    at: '/app/node_modules/split/index.js:12',
  },
  {
    story: 'a generator that waits for a promise when the event loop ran dry',
    rule: 'left-undone',
    evidence: [{ ...drained, promiseOutstanding: true, operatorLocation: place('/app/enrich.mjs') }],
    decided: 'left-undone user await-pending 0.8',
    at: '/app/enrich.mjs:12',
  },
  {
    story: 'an asynchronous method with a callback may hang, or have forgotten it',
    rule: 'left-undone',
    evidence: [{ ...drained, callbackOutstanding: true, promiseOutstanding: true }],
    decided: 'left-undone user await-pending 0.6',
    at: null,
  },
  {
    story: 'an output that nobody had ever read when the event loop ran dry',
    rule: 'left-undone',
    type: 'backpressure',
    operator: { location: { function: '', file: '/app/main.mjs', line: 3 } },
    decided: 'left-undone user unread-output 0.9',
    at: '/app/main.mjs:3',
  },
  {
    story: 'a last step that was not done when the event loop ran dry, of which no evidence came',
    rule: 'left-undone',
    operator: { location: { function: '', file: '/app/main.mjs', line: 3 } },
    decided: 'unknown unknown unknown 0.1',
    at: '/app/main.mjs:3',
  },
  {
    story: 'a loop in user code',
    rule: 'loop-blocked',
    evidence: [
      { ...loopBlocked, cpu: ['user isStopWord /app/words.mjs:29', 'user _transform /app/tokenise.mjs:9', writable] },
    ],
    decided: 'loop-blocked user loop-blocked 0.9',
    at: '/app/words.mjs:29',
  },
  {
    story: 'a catastrophic regular expression called by user code',
    rule: 'loop-blocked',
    evidence: [{ ...loopBlocked, cpu: ['native RegExp.test', 'user check /app/check.mjs:5'], thread: working }],
    decided: 'loop-blocked user loop-blocked 0.9',
    at: '/app/check.mjs:5',
  },
  {
    story: 'an operator that spins in a worker thread',
    rule: 'operator-stalled',
    operator: { thread: 2 },
    evidence: [
      { operatorId: 1, silent: { thread: 2, ms: 1900 }, cpu: ['user halve /app/resize.mjs:5'], thread: working },
    ],
    decided: 'loop-blocked user loop-blocked 0.9',
    at: '/app/resize.mjs:5',
  },
  {
    story: 'compiled code in a worker thread',
    rule: 'operator-stalled',
    operator: { thread: 2 },
    evidence: [{ operatorId: 1, silent: { thread: 2, ms: 1900 }, thread: working }],
    decided: 'native-call user native-call 0.6',
    at: null,
  },
  {
    story: 'an operator that waits for a thread without operators, which spins',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        silent: { thread: 2, ms: 1900 },
        cpu: ['user split /app/split.mjs:9'],
        await: ['user enrich /app/enrich.mjs:12'],
        connections: [{ thread: 2, owedMs: 1900 }],
        thread: working,
      },
    ],
    decided: 'loop-blocked user loop-blocked 0.9',
    at: '/app/split.mjs:9',
  },
  {
    story: 'an operator that waits for a thread which turns its loop: no peer, and nobody outside must act',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 1900,
        await: ['user enrich /app/enrich.mjs:12'],
        operatorLocation: place('/app/enrich.mjs'),
        connections: [{ thread: 2, owedMs: 1900, answers: 90, usualMs: 10 }],
      },
    ],
    decided: 'await-pending user await-pending 0.8',
    at: '/app/enrich.mjs:12',
  },
  {
    story: 'an operator in whose own thread the loop turns, whatever the processor was seen to execute',
    rule: 'operator-stalled',
    operator: { thread: 2 },
    evidence: [{ operatorId: 1, cpu: ['user halve /app/resize.mjs:5'], thread: working }],
    decided: 'unknown unknown unknown 0.3',
    at: null,
  },
  {
    story: 'Atomics.wait on the main thread',
    rule: 'loop-blocked',
    evidence: [
      {
        ...loopBlocked,
        cpu: ['native Atomics.wait', 'user runSync /app/run.mjs:3'],
        thread: { state: 'S', cpuShare: 0, waitChannel: 'futex_do_wait' },
      },
    ],
    decided: 'loop-blocked user loop-blocked 0.9',
    at: '/app/run.mjs:3',
  },
  {
    story: 'microtasks without end',
    rule: 'loop-blocked',
    evidence: [
      {
        ...loopBlocked,
        cpu: ['user again /app/again.mjs:7', 'node processTicksAndRejections node:internal/process/task_queues:105'],
      },
    ],
    decided: 'loop-blocked user loop-blocked 0.9',
    at: '/app/again.mjs:7',
  },
  {
    story: 'a loop in an installed package: the package must act, the user opens the line that called it',
    rule: 'loop-blocked',
    evidence: [
      {
        ...loopBlocked,
        cpu: ['dependency lex /app/node_modules/marked/lib/marked.js:900', 'user render /app/render.mjs:12'],
      },
    ],
    decided: 'loop-blocked system loop-blocked 0.7',
    at: '/app/render.mjs:12',
  },
  {
    story: 'a loop in an installed package that nobody of the project called',
    rule: 'loop-blocked',
    evidence: [
      {
        ...loopBlocked,
        cpu: [
          'dependency flush /app/node_modules/sonic-boom/index.js:300',
          'node listOnTimeout node:internal/timers:588',
        ],
      },
    ],
    decided: 'loop-blocked system loop-blocked 0.8',
    at: '/app/node_modules/sonic-boom/index.js:300',
  },
  {
    story: 'compiled code that works, seen from outside while it runs',
    rule: 'loop-blocked',
    evidence: [
      { ...loopBlocked, operatorId: 1, thread: working, missing: ['no frames: the main thread is in a native call'] },
    ],
    decided: 'native-call user native-call 0.6',
    at: null,
  },
  {
    story: 'a system call that waits, seen from outside while it runs',
    rule: 'loop-blocked',
    evidence: [
      {
        ...loopBlocked,
        operatorId: 1,
        thread: { state: 'S', cpuShare: 0, waitChannel: 'hrtimer_nanosleep', systemCall: 230 },
      },
    ],
    decided: 'native-call user native-call 0.6',
    at: null,
  },
  {
    story: 'compiled code outside every operator: who called it is not known',
    rule: 'loop-blocked',
    operatorKnown: false,
    evidence: [{ ...loopBlocked, thread: working }],
    decided: 'native-call unknown native-call 0.3',
    at: null,
  },
  {
    story: 'compiled code on a machine that gives it a sixth of a processor',
    rule: 'loop-blocked',
    evidence: [{ ...loopBlocked, operatorId: 1, thread: { state: 'R', cpuShare: 0.166 } }],
    decided: 'native-call user native-call 0.6',
    at: null,
  },
  {
    story: 'a thread that got no time to answer in',
    rule: 'loop-blocked',
    evidence: [{ ...loopBlocked, operatorId: 1, thread: { state: 'R', cpuShare: 0.02 } }],
    decided: 'not-scheduled resource not-scheduled 0.7',
    at: null,
  },
  {
    story: 'a loop on a machine that gives it little, after it has used up too much all the same',
    rule: 'loop-blocked',
    evidence: [
      {
        ...loopBlocked,
        operatorId: 1,
        thread: { state: 'R', cpuShare: 0.08, spentMs: 120 },
        cpu: ['user spin /app/spin.mjs:2'],
      },
      {
        ...loopBlocked,
        operatorId: 1,
        thread: { state: 'R', cpuShare: 0.08, spentMs: 300 },
        cpu: ['user spin /app/spin.mjs:2'],
      },
    ],
    decided: 'loop-blocked user loop-blocked 0.9',
    at: '/app/spin.mjs:2',
  },
  {
    story: 'the same before it has',
    rule: 'loop-blocked',
    evidence: [
      {
        ...loopBlocked,
        operatorId: 1,
        thread: { state: 'R', cpuShare: 0.08, spentMs: 299 },
        cpu: ['user spin /app/spin.mjs:2'],
      },
    ],
    decided: 'not-scheduled resource not-scheduled 0.7',
    at: null,
  },
  {
    story: 'compiled code without a frame of its own, after it returned',
    rule: 'loop-blocked',
    evidence: [
      { ...loopBlocked, thread: working },
      { trigger: 'loop-resumed', cpu: ['user load /app/load.mjs:8', 'user _transform /app/load.mjs:3'] },
    ],
    decided: 'native-call user native-call 0.8',
    at: '/app/load.mjs:8',
  },
  {
    story: 'a loop that answered, and answered again when it came back',
    rule: 'loop-blocked',
    evidence: [
      { ...loopBlocked, thread: working, cpu: ['user spin /app/spin.mjs:2'] },
      { trigger: 'loop-resumed', cpu: ['user spin /app/spin.mjs:2'] },
    ],
    decided: 'loop-blocked user loop-blocked 0.9',
    at: '/app/spin.mjs:2',
  },
  {
    story: 'a call that the thread told of before it went in',
    rule: 'loop-blocked',
    evidence: [
      {
        ...loopBlocked,
        thread: working,
        nativeCall: 'exact',
        cpu: ['node pbkdf2Sync node:crypto:0', 'user hash /app/h.mjs:8'],
      },
    ],
    decided: 'native-call user native-call 0.9',
    at: '/app/h.mjs:8',
  },
  {
    story: 'a call that is made from one place, as far as is known',
    rule: 'loop-blocked',
    evidence: [
      {
        ...loopBlocked,
        thread: working,
        nativeCall: 'usual',
        cpu: ['node readSync node:fs:0', 'user load /app/load.mjs:8'],
      },
    ],
    decided: 'native-call user native-call 0.7',
    at: '/app/load.mjs:8',
  },
  {
    story: 'such a call into a full pipe',
    rule: 'loop-blocked',
    evidence: [
      {
        ...loopBlocked,
        thread: { state: 'S', cpuShare: 0, waitChannel: 'anon_pipe_write' },
        nativeCall: 'usual',
        cpu: ['node writeSync node:fs:0', 'user log /app/log.mjs:8'],
      },
    ],
    decided: 'native-call resource native-call 0.8',
    at: '/app/log.mjs:8',
  },
  {
    story: 'JSON.parse of a huge text, after it returned',
    rule: 'loop-blocked',
    evidence: [
      { ...loopBlocked, thread: working },
      { trigger: 'loop-resumed', cpu: ['native JSON.parse', 'user load /app/load.mjs:8'] },
    ],
    decided: 'native-call user native-call 0.9',
    at: '/app/load.mjs:8',
  },
  {
    story: 'pbkdf2Sync called by a package, after it returned',
    rule: 'loop-blocked',
    evidence: [
      {
        trigger: 'loop-resumed',
        cpu: [
          'node Buffer.from node:buffer:300',
          'node pbkdf2Sync node:internal/crypto/pbkdf2:80',
          'dependency hash /app/node_modules/auth/hash.js:4',
          'user login /app/login.mjs:20',
        ],
      },
    ],
    decided: 'native-call system native-call 0.8',
    at: '/app/login.mjs:20',
  },
  {
    story: 'execSync, after it returned',
    rule: 'loop-blocked',
    evidence: [
      {
        trigger: 'loop-resumed',
        cpu: [
          'node spawnSync node:internal/child_process:1100',
          'node execSync node:child_process:950',
          'user step /app/step.mjs:6',
        ],
      },
    ],
    decided: 'native-call user native-call 0.9',
    at: '/app/step.mjs:6',
  },
  {
    story: 'a function of the user’s own called parse is no native call',
    rule: 'loop-blocked',
    evidence: [{ ...loopBlocked, cpu: ['user parseSync /app/parse.mjs:30', 'user _transform /app/parse.mjs:9'] }],
    decided: 'loop-blocked user loop-blocked 0.9',
    at: '/app/parse.mjs:30',
  },
  {
    story: 'a callback of work that finds no free thread in the pool',
    rule: 'operator-stalled',
    evidence: [
      { operatorId: 1, callbackOutstanding: true, threadPoolWaitingMs: 1020, resources: ['FSReqCallback x4'] },
    ],
    decided: 'thread-pool resource callback-lost 0.9',
    at: null,
  },
  {
    story: 'an await while the pool is taken by work that the runtime does not list',
    rule: 'operator-stalled',
    evidence: [{ operatorId: 1, promiseOutstanding: true, callbackOutstanding: true, threadPoolWaitingMs: 1020 }],
    decided: 'thread-pool resource await-pending 0.8',
    at: null,
  },
  {
    story: 'a full pipe takes what a synchronous write gives it only when somebody reads',
    rule: 'loop-blocked',
    operatorKnown: true,
    operator: { location: { function: 'report', file: '/app/report.mjs', line: 4 } },
    evidence: [{ ...loopBlocked, thread: { state: 'S', cpuShare: 0, waitChannel: 'anon_pipe_write', systemCall: 1 } }],
    decided: 'native-call resource native-call 0.8',
    at: '/app/report.mjs:4',
  },
  {
    story: 'a silent loop that waits as a turning one does turns for a child process: execSync',
    rule: 'loop-blocked',
    operatorKnown: true,
    evidence: [{ ...loopBlocked, thread: { state: 'S', cpuShare: 0, waitChannel: 'do_epoll_wait', systemCall: 281 } }],
    decided: 'native-call user native-call 0.8',
    at: null,
  },
  {
    story: 'a loop whose time goes to the collector of garbage',
    rule: 'loop-blocked',
    evidence: [
      { ...loopBlocked, cpu: ['user decode /app/decode.mjs:18'] },
      { ...loopBlocked, garbage: { share: 0.72 } },
    ],
    decided: 'gc resource gc 0.9',
    at: '/app/decode.mjs:18',
  },
  {
    story: 'a loop of which half goes to the collector, far from the limit of the heap',
    rule: 'loop-blocked',
    evidence: [
      { ...loopBlocked, cpu: ['user decode /app/decode.mjs:18'] },
      { ...loopBlocked, garbage: { share: 0.52 } },
    ],
    decided: 'gc resource gc 0.8',
    at: '/app/decode.mjs:18',
  },
  {
    story: 'the same where the heap is nearly full',
    rule: 'loop-blocked',
    evidence: [{ ...loopBlocked, garbage: { share: 0.52, limitMegabytes: 210 } }],
    decided: 'gc resource gc 0.9',
    at: null,
  },
  {
    story: 'a loop that makes garbage and is not held up by it',
    rule: 'loop-blocked',
    evidence: [
      { ...loopBlocked, cpu: ['user decode /app/decode.mjs:18'] },
      { ...loopBlocked, garbage: { share: 0.2 } },
    ],
    decided: 'loop-blocked user loop-blocked 0.9',
    at: '/app/decode.mjs:18',
  },
  {
    story: 'an operator whose steps leave all of the time to the collector',
    rule: 'operator-stalled',
    evidence: [{ operatorId: 1, promiseOutstanding: true, garbage: { share: 0.8 } }],
    decided: 'gc resource gc 0.9',
    at: null,
  },
  {
    story: 'a thread that wants to run and gets next to nothing, while the agent’s own short turns come in time',
    rule: 'loop-blocked',
    agentGapMs: 40,
    evidence: [{ ...loopBlocked, thread: { state: 'R', cpuShare: 0.05 } }],
    decided: 'not-scheduled resource not-scheduled 0.7',
    at: null,
  },
  {
    story: 'a thread that wants to run and is not let, while the agent’s clock has gaps, too',
    rule: 'loop-blocked',
    agentGapMs: 400,
    evidence: [{ ...loopBlocked, thread: { state: 'R', cpuShare: 0.1 } }],
    decided: 'not-scheduled resource not-scheduled 0.7',
    at: null,
  },
  {
    story: 'a thread that is not let without a gap of the agent’s: nothing is certain',
    rule: 'loop-blocked',
    evidence: [{ ...loopBlocked, thread: { state: 'R', cpuShare: 0.14 } }],
    decided: 'unknown unknown loop-blocked 0.3',
    at: null,
  },
  {
    story: 'a thread that sleeps is not one that wants to run, whatever gaps the agent’s clock has',
    rule: 'loop-blocked',
    agentGapMs: 400,
    evidence: [{ ...loopBlocked, operatorId: 1, thread: { state: 'S', cpuShare: 0.1 } }],
    decided: 'native-call user native-call 0.6',
    at: null,
  },
  {
    story: 'a thread that gets its processor is not starved, whatever gaps the agent’s clock has',
    rule: 'loop-blocked',
    agentGapMs: 400,
    evidence: [{ ...loopBlocked, operatorId: 1, thread: working }],
    decided: 'native-call user native-call 0.6',
    at: null,
  },
  {
    story: 'a thread that sleeps half of the time waits in no single call',
    rule: 'loop-blocked',
    evidence: [{ ...loopBlocked, operatorId: 1, thread: { state: 'S', cpuShare: 0.5 } }],
    decided: 'unknown unknown loop-blocked 0.3',
    at: null,
  },
  {
    story: 'compiled code without a frame of its own, called by a package',
    rule: 'loop-blocked',
    evidence: [
      { ...loopBlocked, thread: working },
      { trigger: 'loop-resumed', cpu: ['dependency load /app/node_modules/y/y.js:8', 'user step /app/step.mjs:3'] },
    ],
    decided: 'native-call system native-call 0.8',
    at: '/app/step.mjs:3',
  },
  {
    story: 'a function of the runtime whose name only begins with Sync',
    rule: 'loop-blocked',
    evidence: [
      {
        ...loopBlocked,
        cpu: ['node SyncWriteStream node:internal/fs/sync_write_stream:20', 'user step /app/step.mjs:3'],
      },
    ],
    decided: 'loop-blocked user loop-blocked 0.9',
    at: '/app/step.mjs:3',
  },
  {
    story: 'a suspended call and a callback that is out explain no blocked loop',
    rule: 'loop-blocked',
    evidence: [{ ...loopBlocked, operatorId: 1, callbackOutstanding: true, await: ['user enrich /app/enrich.mjs:25'] }],
    decided: 'unknown unknown loop-blocked 0.3',
    at: null,
  },
  {
    story: 'what the main thread happened to run explains no stalled operator',
    rule: 'operator-stalled',
    evidence: [{ operatorId: 1, cpu: ['user spin /app/spin.mjs:2'] }],
    decided: 'unknown unknown unknown 0.3',
    at: null,
  },
  {
    story: 'a main thread that waits for events explains no stalled operator',
    rule: 'operator-stalled',
    evidence: [{ operatorId: 1, thread: { state: 'S', cpuShare: 0, waitChannel: 'do_epoll_wait' } }],
    decided: 'unknown unknown unknown 0.3',
    at: null,
  },
  {
    story: 'a machine short of processor time explains no stalled operator',
    rule: 'operator-stalled',
    agentGapMs: 400,
    evidence: [{ operatorId: 1, thread: { state: 'R', cpuShare: 0.1 } }],
    decided: 'unknown unknown unknown 0.3',
    at: null,
  },
  {
    story: 'an error of some time ago explains no lost worker',
    rule: 'worker-lost',
    failure: { name: 'TypeError', frames: ['user f /app/f.mjs:2'] },
    decided: 'unknown unknown unknown 0.1',
    at: null,
  },
  {
    story: 'an error whose words only contain a code of the system',
    rule: 'failure',
    failure: { name: 'Error', message: 'no field XENOSPC or XEPIPE', frames: ['user f /app/f.mjs:2'] },
    decided: 'uncaught-error user uncaught-error 0.8',
    at: '/app/f.mjs:2',
  },
  {
    story: 'a blocked loop without any evidence',
    rule: 'loop-blocked',
    decided: 'unknown unknown loop-blocked 0.1',
    at: null,
  },
  {
    story: 'a promise of the user’s own that is never settled',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        await: ['user lookup /app/lookup.mjs:29', 'user enrich /app/enrich.mjs:25'],
        resources: ['PipeWrap x2', 'MessagePort', 'TCPServerWrap 0.0.0.0:80'],
      },
    ],
    decided: 'await-pending user await-pending 0.8',
    at: '/app/lookup.mjs:29',
  },
  {
    story: 'the same with a connection open: it may be the peer',
    rule: 'operator-stalled',
    evidence: [
      { operatorId: 1, await: ['user enrich /app/enrich.mjs:25'], resources: ['TCPSocketWrap 127.0.0.1:5432'] },
    ],
    decided: 'await-pending user await-pending 0.6',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a driver that waits for its server',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        await: ['dependency query /app/node_modules/pg/lib/client.js:500', 'user enrich /app/enrich.mjs:25'],
        resources: ['TCPSocketWrap 127.0.0.1:5432'],
      },
    ],
    decided: 'await-pending dependency await-pending 0.6',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'the runtime’s own client waits for a response',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        await: ['node fetch node:internal/deps/undici/undici:13000', 'user enrich /app/enrich.mjs:25'],
        resources: ['TLSWrap api.example.com:443'],
      },
    ],
    decided: 'await-pending dependency await-pending 0.8',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'the only suspended call is the module that built the pipeline: it is not the operator’s',
    rule: 'operator-stalled',
    evidence: [{ operatorId: 1, await: ['user - /app/main.mjs:23'] }],
    decided: 'unknown unknown unknown 0.3',
    at: null,
  },
  {
    // The suspended call itself has been collected, because nothing can settle it any more.
    story: 'an await that nobody can settle leaves only the module’s: the operator’s own line is named',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        callbackOutstanding: true,
        await: ['user - /app/main.mjs:23'],
        operatorLocation: { function: '_transform', file: '/app/main.mjs', line: 4 },
      },
    ],
    decided: 'callback-lost user callback-lost 0.7',
    at: '/app/main.mjs:4',
  },
  {
    story: 'the same where its promise was seen to go: that is certain, whatever else is suspended',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        callbackOutstanding: true,
        promiseOutstanding: true,
        promiseAbandoned: true,
        await: ['user other /app/enrich.mjs:25'],
        resources: [peer],
        operatorLocation: { function: '_transform', file: '/app/main.mjs', line: 4 },
      },
    ],
    decided: 'abandoned-await user await-pending 0.8',
    at: '/app/main.mjs:4',
  },
  {
    story: 'a promise that was abandoned in a package, by a record that others pass',
    rule: 'record-stuck',
    evidence: [
      {
        operatorId: 1,
        promiseAbandoned: true,
        operatorLocation: { function: 'run', file: '/app/node_modules/pool/index.js', line: 4 },
      },
    ],
    decided: 'abandoned-await system await-pending 0.8',
    at: '/app/node_modules/pool/index.js:4',
  },
  {
    story: 'a call that awaits the same as another one has no stack, and is known to wait all the same',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        callbackOutstanding: true,
        promiseOutstanding: true,
        operatorLocation: { function: '_transform', file: '/app/main.mjs', line: 4 },
      },
    ],
    decided: 'await-pending user await-pending 0.7',
    at: '/app/main.mjs:4',
  },
  {
    story: 'a function that no frame ties to the operator is a likely answer when it is the only one',
    rule: 'operator-stalled',
    evidence: [{ operatorId: 1, await: ['user fetchTerm /app/terms.mjs:7'] }],
    decided: 'await-pending user await-pending 0.4',
    at: '/app/terms.mjs:7',
  },
  {
    story: 'a sample of another operator explains nothing',
    rule: 'operator-stalled',
    evidence: [{ operatorId: 9, await: ['user write /app/write.mjs:25'] }],
    decided: 'unknown unknown unknown 0.3',
    at: null,
  },
  {
    story: 'a callback that is never called (nodejs/node#49052)',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        callbackOutstanding: true,
        operatorLocation: { function: 'transform', file: '/app/skip.mjs', line: 4 },
      },
    ],
    decided: 'callback-lost user callback-lost 0.7',
    at: '/app/skip.mjs:4',
  },
  {
    story: 'a sink that forgets its callback, beside a connection that has nothing to do with it',
    rule: 'operator-stalled',
    operator: { kind: 'sink' },
    evidence: [{ operatorId: 1, callbackOutstanding: true, resources: [peer] }],
    decided: 'callback-lost user callback-lost 0.5',
    at: null,
  },
  {
    story: 'a connection that takes no more',
    rule: 'operator-stalled',
    name: 'Socket 10.0.0.1:9000 (sink)',
    operator: { kind: 'sink' },
    evidence: [{ operatorId: 1, callbackOutstanding: true, resources: [peer, 'SimpleWriteWrap'] }],
    decided: 'callback-lost dependency callback-lost 0.8',
    at: null,
  },
  {
    story: 'a connection that takes no more, while the operator in front of it awaits its drain',
    rule: 'operator-stalled',
    name: 'Socket ::1:9000 (sink)',
    operator: { kind: 'sink' },
    evidence: [
      {
        operatorId: 1,
        callbackOutstanding: true,
        await: ['user _write /app/write.mjs:9'],
        resources: ['TCPSocketWrap [::1]:9000 x2'],
      },
    ],
    decided: 'callback-lost dependency callback-lost 0.8',
    at: null,
  },
  {
    story: 'a stream that is only called like a connection',
    rule: 'operator-stalled',
    name: 'Socket 10.0.0.1:9000 (sink)',
    operator: { kind: 'sink' },
    evidence: [
      {
        operatorId: 1,
        callbackOutstanding: true,
        resources: ['TCPSocketWrap 10.0.0.1:90001', 'TCPServerWrap 10.0.0.1:9000 (listening)'],
      },
    ],
    decided: 'callback-lost user callback-lost 0.5',
    at: null,
  },
  {
    story: 'a connection without a name yet, or a pipe: both may be meant',
    rule: 'operator-stalled',
    name: 'Socket (sink)',
    operator: { kind: 'sink' },
    evidence: [{ operatorId: 1, callbackOutstanding: true, resources: ['TCPSocketWrap 10.0.0.1:9000', 'PipeWrap'] }],
    decided: 'callback-lost dependency callback-lost 0.5',
    at: null,
  },
  {
    story: 'a connection without a name yet, where there is no pipe',
    rule: 'operator-stalled',
    name: 'Socket (sink)',
    operator: { kind: 'sink' },
    evidence: [{ operatorId: 1, callbackOutstanding: true, resources: ['TCPSocketWrap'] }],
    decided: 'callback-lost dependency callback-lost 0.8',
    at: null,
  },
  {
    story: 'a stream called like a pipe, where neither a pipe nor a connection is open',
    rule: 'operator-stalled',
    name: 'Socket (sink)',
    operator: { kind: 'sink' },
    evidence: [{ operatorId: 1, callbackOutstanding: true, resources: ['TCPServerWrap 0.0.0.0:80 (listening)'] }],
    decided: 'callback-lost user callback-lost 0.7',
    at: null,
  },
  {
    story: 'the input of a child process that does not read',
    rule: 'operator-stalled',
    name: 'Socket (sink)',
    operator: { kind: 'sink' },
    evidence: [{ operatorId: 1, callbackOutstanding: true, resources: ['ProcessWrap sleep (pid 7)', 'PipeWrap x3'] }],
    decided: 'callback-lost resource callback-lost 0.8',
    at: null,
  },
  {
    story: 'a file that takes no more, as a full FIFO does',
    rule: 'operator-stalled',
    name: 'WriteStream',
    operator: { kind: 'sink' },
    evidence: [{ operatorId: 1, callbackOutstanding: true, resources: [peer, 'FSReqCallback'] }],
    decided: 'callback-lost resource callback-lost 0.8',
    at: null,
  },
  {
    story: 'a stream called like a file without a request to the file system',
    rule: 'operator-stalled',
    name: 'WriteStream',
    operator: { kind: 'sink' },
    evidence: [{ operatorId: 1, callbackOutstanding: true, resources: ['MessagePort'] }],
    decided: 'callback-lost user callback-lost 0.7',
    at: null,
  },
  {
    story: 'a writer that gave its record to a connection which takes no more',
    rule: 'operator-stalled',
    operator: { kind: 'sink', location: { function: 'write', file: '/app/sink.mjs', line: 11 } },
    outlets: [{ ...intoPeer, blocked: true }],
    evidence: [{ operatorId: 1, callbackOutstanding: true, resources: [peer] }],
    decided: 'callback-lost dependency callback-lost 0.7',
    at: '/app/sink.mjs:11',
  },
  {
    story: 'a writer that awaits an acknowledgement through the connection it has written into',
    rule: 'operator-stalled',
    operator: { kind: 'sink' },
    outlets: answered,
    evidence: [
      { operatorId: 1, await: ['user put /app/storage.mjs:20', 'user enrich /app/enrich.mjs:25'], resources: [peer] },
    ],
    decided: 'await-pending dependency await-pending 0.7',
    at: '/app/storage.mjs:20',
  },
  {
    story: 'a writer whose connection has been closed since: nobody can answer, and who lost it is not proven',
    rule: 'operator-stalled',
    operator: { kind: 'sink' },
    outlets: answered,
    evidence: [{ operatorId: 1, await: ['user enrich /app/enrich.mjs:25'], resources: ['MessagePort'] }],
    decided: 'await-pending user await-pending 0.8',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a writer that gave its record to another stream of the project, beside an unrelated connection',
    rule: 'operator-stalled',
    operator: { kind: 'sink' },
    outlets: [{ operatorId: 2, operator: 'encoder', blocked: true }],
    evidence: [{ operatorId: 1, await: ['user enrich /app/enrich.mjs:25'], resources: [peer] }],
    decided: 'await-pending user await-pending 0.6',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a write to a file that does not return, beside an unrelated connection',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        await: ['node write node:internal/fs/promises:1450', 'user enrich /app/enrich.mjs:26'],
        resources: [peer, 'FSReqPromise'],
      },
    ],
    decided: 'await-pending resource await-pending 0.8',
    at: '/app/enrich.mjs:26',
  },
  {
    story: 'frames of the file system without a request to it',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        await: ['node watch node:internal/fs/watchers:300', 'user enrich /app/enrich.mjs:26'],
        resources: [peer],
      },
    ],
    decided: 'await-pending user await-pending 0.6',
    at: '/app/enrich.mjs:26',
  },
  {
    story: 'a stream of the project read with for await, beside an unrelated connection',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        await: ['node next node:internal/streams/readable:1200', 'user enrich /app/enrich.mjs:26'],
        resources: [peer],
      },
    ],
    decided: 'await-pending user await-pending 0.6',
    at: '/app/enrich.mjs:26',
  },
  {
    story: 'a connection that answered at once until the record was taken, and owes an answer since',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user ask /app/ask.mjs:9', 'user enrich /app/enrich.mjs:25'],
        connections: [{ owedMs: 15_050, answers: 300, usualMs: 12 }],
      },
    ],
    decided: 'await-pending dependency await-pending 0.9',
    at: '/app/ask.mjs:9',
  },
  {
    story:
      'a connection opened for the record on which nothing was answered yet: it may also be one that is only written to',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ owedMs: 15_000, openMs: 15_000 }],
      },
    ],
    decided: 'await-pending dependency await-pending 0.85',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a second request for the same record that is not answered',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ owedMs: 8000, answers: 300, usualMs: 12 }],
      },
    ],
    decided: 'await-pending dependency await-pending 0.7',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a poll that waits for work as long as it always may, beside a promise of the project',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ owedMs: 14_900, answers: 20, usualMs: 20_000 }],
      },
    ],
    decided: 'await-pending user await-pending 0.8',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a poll that was there before the record, however long it takes',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ owedMs: 40_000, answers: 20, usualMs: 50 }],
      },
    ],
    decided: 'await-pending user await-pending 0.8',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a connection that logs are written to, and nothing is ever read from',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ owedMs: 90_000, wroteMs: 100 }],
      },
    ],
    decided: 'await-pending user await-pending 0.8',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a ping that was sent a moment ago',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ owedMs: 300, answers: 2, usualMs: 5 }],
      },
    ],
    decided: 'await-pending user await-pending 0.8',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a shared connection that fell silent just before the record was asked for on it',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ owedMs: 21_000, wroteMs: 14_990, answers: 900, usualMs: 12 }],
      },
    ],
    decided: 'await-pending dependency await-pending 0.7',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a connection that does not come about',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        callbackOutstanding: true,
        connections: [{ connectingMs: 14_990, openMs: 14_990 }],
      },
    ],
    decided: 'callback-lost dependency callback-lost 0.85',
    at: null,
  },
  {
    story: 'a server that speaks first, and does not',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ openMs: 14_990, wroteMs: 0 }],
      },
    ],
    decided: 'await-pending dependency await-pending 0.85',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a body that stops in the middle',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ readMs: 14_000, wroteMs: 15_000, answers: 1, usualMs: 20, requests: 1 }],
      },
    ],
    decided: 'await-pending dependency await-pending 0.9',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a peer that refuses every attempt since the record was taken',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ failures: 12, failingMs: 14_500, failure: 'ECONNREFUSED' }],
      },
    ],
    decided: 'await-pending dependency disconnected 0.9',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a child process that has ended instead of answering',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [
          {
            peer: 'child node (pid 7)',
            owedMs: 14_900,
            answers: 9,
            failures: 1,
            failingMs: 14_800,
            failure: 'SIGKILL',
          },
        ],
      },
    ],
    decided: 'await-pending dependency await-pending 0.9',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a child process that has ended long before',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [
          {
            peer: 'child node (pid 7)',
            owedMs: 90_000,
            answers: 9,
            failures: 1,
            failingMs: 80_000,
            failure: 'SIGKILL',
          },
        ],
      },
    ],
    decided: 'await-pending user await-pending 0.8',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'an accepted connection into which something was written on account of the record',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ accepted: true, unsentBytes: 90_000, wroteMs: 14_900 }],
      },
    ],
    decided: 'await-pending dependency await-pending 0.9',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a child process that is only told things, and takes no more of them',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ peer: 'child node (pid 7)', owedMs: 60_000, wroteMs: 14_900, unsentBytes: 90_000 }],
      },
    ],
    decided: 'await-pending dependency await-pending 0.9',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'one whose peer has stopped to read long before',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ accepted: true, unsentBytes: 90_000, wroteMs: 90_000 }],
      },
    ],
    decided: 'await-pending user await-pending 0.8',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'one that goes on being written to',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ accepted: true, unsentBytes: 90_000, wroteMs: 40 }],
      },
    ],
    decided: 'await-pending user await-pending 0.8',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a stream within the operator that is full and that nobody reads, whoever owes something besides',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        callbackOutstanding: true,
        unreadOutput: 'FileStream',
        connections: [{ owedMs: 14_900, answers: 9 }],
      },
    ],
    decided: 'unread-output user unread-output 0.8',
    at: null,
  },
  {
    story: 'the same where its callback is not outstanding',
    rule: 'operator-stalled',
    evidence: [{ operatorId: 1, unreadOutput: 'FileStream' }],
    decided: 'unknown unknown unknown 0.3',
    at: null,
  },
  {
    story: 'no descriptor for a connection',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ failures: 12, failingMs: 14_500, failure: 'EMFILE' }],
      },
    ],
    decided: 'await-pending resource await-pending 0.9',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a peer that was away before: it explains what a package waits for',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['dependency send /app/node_modules/p/send.js:5', 'user enrich /app/enrich.mjs:25'],
        connections: [{ failures: 50, failingMs: 60_000, failure: 'ECONNREFUSED' }],
      },
    ],
    decided: 'await-pending dependency disconnected 0.5',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a peer that was away before does not explain a promise of the project',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ failures: 50, failingMs: 60_000, failure: 'ECONNREFUSED' }],
      },
    ],
    decided: 'await-pending user await-pending 0.8',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a package that waits although no peer owes it anything',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['dependency flush /app/node_modules/p/flush.js:5', 'user enrich /app/enrich.mjs:25'],
        connections: [{ answers: 30, usualMs: 12, readMs: 15_000, wroteMs: 15_010 }],
      },
    ],
    decided: 'await-pending system await-pending 0.7',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a package that waits while a connection is open of which nothing is known',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['dependency flush /app/node_modules/p/flush.js:5', 'user enrich /app/enrich.mjs:25'],
        connections: [{ followed: false }],
      },
    ],
    decided: 'await-pending dependency await-pending 0.6',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a lock of a package that is taken again by whoever holds it',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: [
          'dependency runExclusive /app/node_modules/async-mutex/index.mjs:130',
          'user store /app/store.mjs:7',
          'user enrich /app/enrich.mjs:25',
          'dependency runExclusive /app/node_modules/async-mutex/index.mjs:132',
          'user _transform /app/enrich.mjs:20',
        ],
        connections: [],
      },
    ],
    decided: 'await-pending user await-pending 0.85',
    at: '/app/store.mjs:7',
  },
  {
    story: 'a framework around the handler is no lock that is taken again',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: [
          'dependency updateProgress /app/node_modules/bullmq/dist/job.js:300',
          'user enrich /app/enrich.mjs:25',
          'dependency processJob /app/node_modules/bullmq/dist/worker.js:700',
        ],
        connections: [],
      },
    ],
    decided: 'await-pending system await-pending 0.7',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a lock that nobody seems to hold: it was not given back',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['dependency Semaphore.acquire /app/node_modules/locks/index.js:13', 'user enrich /app/enrich.mjs:25'],
        connections: [],
      },
    ],
    decided: 'await-pending user await-pending 0.6',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'clients of a pool that were never released',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ answers: 30, usualMs: 12, readMs: 15_000 }],
        pools: [{ size: 2, inUse: 2, waiting: 1 }],
      },
    ],
    decided: 'await-pending user await-pending 0.85',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a pool whose clients all wait for their server',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        callbackOutstanding: true,
        connections: [{ owedMs: 20_000, answers: 30, usualMs: 12, wroteMs: 20_000 }],
        pools: [{ size: 2, inUse: 2, owed: 2, waiting: 1 }],
      },
    ],
    decided: 'callback-lost dependency callback-lost 0.7',
    at: null,
  },
  {
    story: 'a pool that has room and lends nothing',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [],
        pools: [{ kind: 'undici', size: 2, inUse: 0, waiting: 3 }],
      },
    ],
    decided: 'await-pending system await-pending 0.7',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a pool whose connections hold answers that nobody reads',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ peer: '127.0.0.1:80', readMs: 15_000, requests: 1, unread: 1 }],
        pools: [{ kind: 'http.Agent', peer: 'localhost:80', size: 1, inUse: 1, waiting: 3 }],
      },
    ],
    decided: 'await-pending user await-pending 0.85',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a command that waits for something to happen, on the connection that the call uses as well',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ owedMs: 15_000, answers: 300, usualMs: 12, held: true }],
        pools: [{ kind: 'ioredis', peer: '10.0.0.1:9000', size: 1, inUse: 1, waiting: 1, holder: 'blpop' }],
      },
    ],
    decided: 'await-pending user await-pending 0.85',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'such a command on a connection of its own, on which nobody waits',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ owedMs: 15_000, answers: 300, usualMs: 12, held: true }],
        pools: [{ kind: 'ioredis', peer: '10.0.0.1:9000', size: 1, inUse: 1, waiting: 0, holder: 'blpop' }],
      },
    ],
    decided: 'await-pending user await-pending 0.8',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'the only suspended call waits for a signal, in a file that is none of the operator’s',
    rule: 'operator-stalled',
    operator: { location: { function: '_transform', file: '/app/enrich.mjs', line: 3 } },
    evidence: [{ operatorId: 1, callbackOutstanding: true, await: ['user endInOrder /app/signals.mjs:7'] }],
    decided: 'callback-lost user callback-lost 0.7',
    at: '/app/enrich.mjs:3',
  },
  {
    story: 'the only suspended call of the operator’s file, beside one that waits for a signal',
    rule: 'operator-stalled',
    operator: { location: { function: '_transform', file: '/app/steps.mjs', line: 3 } },
    evidence: [{ operatorId: 1, callbackOutstanding: true, await: ['user fetchTerm /app/steps.mjs:27'] }],
    decided: 'await-pending user await-pending 0.4',
    at: '/app/steps.mjs:27',
  },
  {
    story: 'a promise that nobody can settle, so that no suspended call leads to it',
    rule: 'operator-stalled',
    operator: { location: { function: 'scan', file: '/app/enrich.mjs', line: 3 } },
    evidence: [
      {
        operatorId: 1,
        callbackOutstanding: true,
        promiseOutstanding: true,
        await: ['user endInOrder /app/signals.mjs:7'],
      },
    ],
    decided: 'await-pending user await-pending 0.7',
    at: '/app/enrich.mjs:3',
  },
  {
    story: 'a request of HTTP/2 whose peer does not read',
    rule: 'operator-stalled',
    name: 'ClientHttp2Stream (sink)',
    operator: { kind: 'sink' },
    evidence: [
      { operatorId: 1, callbackOutstanding: true, await: ['user endInOrder /app/signals.mjs:7'], resources: [peer] },
    ],
    decided: 'callback-lost dependency callback-lost 0.8',
    at: null,
  },
  {
    story: 'a connection opened after the record was taken that is only written to, again and again',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ owedMs: 14_500, wroteMs: 90 }],
      },
    ],
    decided: 'await-pending user await-pending 0.8',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a child process that does not take its messages',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        callbackOutstanding: true,
        connections: [{ peer: 'child node (pid 7)', unsentBytes: 60_000, wroteMs: 0, readMs: 0 }],
      },
    ],
    decided: 'callback-lost dependency callback-lost 0.7',
    at: null,
  },
  {
    story: 'the input of a child process that is stopped',
    rule: 'operator-stalled',
    name: 'child sh stdin',
    operator: { kind: 'sink' },
    evidence: [{ operatorId: 1, callbackOutstanding: true, resources: ['ProcessWrap sh (pid 7)', 'PipeWrap x3'] }],
    decided: 'callback-lost dependency callback-lost 0.8',
    at: null,
  },
  {
    story: 'the input of a child process whose output nobody reads',
    rule: 'operator-stalled',
    name: 'child cat stdin',
    operator: { kind: 'sink' },
    evidence: [
      {
        operatorId: 1,
        callbackOutstanding: true,
        resources: ['ProcessWrap cat (pid 7)', 'PipeWrap x3'],
        connections: [{ peer: 'child cat (pid 7)', owedMs: 15_000, unread: 1, unsentBytes: 65_536 }],
      },
    ],
    decided: 'callback-lost user unread-output 0.85',
    at: null,
  },
  {
    story: 'a package that waits beside a connection on which an answer was owed long before the record',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['dependency flush /app/node_modules/p/flush.js:5', 'user enrich /app/enrich.mjs:25'],
        connections: [{ owedMs: 90_000, wroteMs: 90_000, answers: 20, usualMs: 50 }],
      },
    ],
    decided: 'await-pending system await-pending 0.7',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a pool whose connections are still being made is not one that was never given back',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ connectingMs: 14_900, openMs: 14_900 }],
        pools: [{ size: 1, inUse: 1, making: 1, waiting: 2 }],
      },
    ],
    decided: 'await-pending dependency await-pending 0.9',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'a pool of which some wait for their server and others do not proves nothing',
    rule: 'operator-stalled',
    evidence: [
      {
        operatorId: 1,
        heldMs: 15_000,
        await: ['user enrich /app/enrich.mjs:25'],
        connections: [{ owedMs: 100, answers: 30, usualMs: 200 }],
        pools: [{ size: 2, inUse: 2, owed: 1, waiting: 1 }],
      },
    ],
    decided: 'await-pending user await-pending 0.8',
    at: '/app/enrich.mjs:25',
  },
  {
    story: 'an operator that stands and nothing tells why',
    rule: 'operator-stalled',
    operator: { location: { function: 'enrich', file: '/app/enrich.mjs', line: 3 } },
    decided: 'unknown unknown unknown 0.1',
    at: '/app/enrich.mjs:3',
  },
  {
    story: 'an output that nobody reads (nodejs/node#40685)',
    rule: 'nobody-reads',
    operator: { location: { function: '', file: '/app/main.mjs', line: 6 } },
    decided: 'unread-output user unread-output 0.7',
    at: '/app/main.mjs:6',
  },
  { story: 'a worker that is gone', rule: 'worker-lost', decided: 'unknown unknown unknown 0.1', at: null },
  {
    story: 'a worker that is silent on an open connection, and whose process is stopped',
    rule: 'worker-lost',
    facts: { silent: true, sameHost: true, processState: 'T' },
    decided: 'gone resource not-scheduled 0.9',
    at: null,
  },
  {
    story: 'the same of a process that cannot be seen',
    rule: 'worker-lost',
    facts: { silent: true, sameHost: true, processState: '' },
    decided: 'gone resource not-scheduled 0.8',
    at: null,
  },
  {
    story: 'a worker of another host that is silent on an open connection',
    rule: 'worker-lost',
    facts: { silent: true, sameHost: false, processState: '' },
    decided: 'gone resource not-scheduled 0.4',
    at: null,
  },
  {
    story: 'a worker whose heap was nearly full, and whose connection was closed',
    rule: 'worker-lost',
    facts: { silent: false, sameHost: false, processState: '', heapUsedBytes: 87e6, heapLimitBytes: 100e6 },
    decided: 'gone resource gc 0.7',
    at: null,
  },
  {
    story: 'a worker whose heap had room, and whose connection was closed',
    rule: 'worker-lost',
    facts: { silent: false, sameHost: true, processState: '', heapUsedBytes: 80e6, heapLimitBytes: 100e6 },
    decided: 'unknown unknown unknown 0.1',
    at: null,
  },
  {
    story: 'a worker whose heap was nearly full, and which is silent: it may still be there',
    rule: 'worker-lost',
    facts: { silent: true, sameHost: false, processState: '', heapUsedBytes: 99e6, heapLimitBytes: 100e6 },
    decided: 'gone resource not-scheduled 0.4',
    at: null,
  },
  {
    story: 'an error thrown by user code below a call of the runtime',
    rule: 'failure',
    failure: {
      name: 'TypeError',
      message: 'x',
      frames: ['node at node:buffer:1', 'user f /app/f.mjs:2', 'dependency g /app/node_modules/g/g.js:1'],
    },
    decided: 'uncaught-error user uncaught-error 0.8',
    at: '/app/f.mjs:2',
  },
  {
    story: 'an error thrown by a package, called by the user',
    rule: 'failure',
    failure: { name: 'Error', frames: ['dependency g /app/node_modules/g/g.js:1', 'user f /app/f.mjs:2'] },
    decided: 'uncaught-error system uncaught-error 0.6',
    at: '/app/f.mjs:2',
  },
  {
    story: 'a refused connection',
    rule: 'failure',
    failure: { name: 'Error', message: 'connect ECONNREFUSED 127.0.0.1:5432', frames: ['user f /app/f.mjs:2'] },
    decided: 'uncaught-error dependency uncaught-error 0.8',
    at: '/app/f.mjs:2',
  },
  {
    story: 'a full disk',
    rule: 'failure',
    failure: { name: 'Error', message: 'ENOSPC: no space left on device, write' },
    decided: 'uncaught-error resource uncaught-error 0.8',
    at: null,
  },
  {
    story: 'an error without a stack',
    rule: 'failure',
    failure: { name: 'Error', message: 'no' },
    decided: 'uncaught-error unknown uncaught-error 0.3',
    at: null,
  },
  {
    story: 'only an exit code',
    rule: 'failure',
    failure: { name: '', exitCode: 3 },
    decided: 'unknown unknown unknown 0.1',
    at: null,
  },
];

function caseOf(row: Row): Case {
  const known = row.operatorKnown ?? true;
  const report = readReport(
    reportOf({
      operators: { [row.name ?? 'enrich']: { state: 'busy', ...row.operator } },
      loop: { agentGapMs: row.agentGapMs ?? 0 },
    }),
    10,
  );
  const operator = known ? (report.operators[0] ?? null) : null;
  const { failure } = row;
  return {
    finding: findingOf({
      rule: row.rule,
      type: row.type ?? (row.rule === 'failure' ? 'failure' : 'stall'),
      operatorId: operator?.id ?? 0,
      operator: operator?.name ?? '',
      ...(row.outlets === undefined ? {} : { outlets: row.outlets }),
      ...(row.facts === undefined ? {} : { facts: row.facts }),
    }),
    operator: row.rule === 'worker-lost' || row.rule === 'failure' ? null : operator,
    loop: report.loop,
    evidence: (row.evidence ?? []).map((words) => {
      const { payload, atUnixNano } = evidenceOf(words);
      if (payload.case !== 'evidence') throw new Error('no evidence');
      return readEvidence(payload.value, atUnixNano);
    }),
    failure:
      failure === undefined
        ? null
        : {
            session: 's',
            name: failure.name,
            message: failure.message ?? '',
            frames: readFrames((failure.frames ?? []).map((frame) => create(FrameSchema, frameOf(frame)))),
            operatorId: 0,
            operator: '',
            job: '',
            exitCode: failure.exitCode ?? null,
            at: { monotonicMs: 0, unixMs: 0 },
            reportsReceived: 0,
          },
  };
}

describe('the built-in classifiers', () => {
  for (const row of rows) {
    it(`${row.story}: ${row.decided}`, () => {
      const decided = classifyBuiltIn(caseOf(row));
      expect(`${decided.classifier} ${decided.category} ${decided.mechanism} ${decided.confidence}`).toBe(row.decided);
      expect(decided.location === null ? null : `${decided.location.file}:${decided.location.line}`).toBe(row.at);
      expect(decided.reasons.length).toBeGreaterThan(0);
      if (decided.category === 'unknown') expect(decided.confidence).toBeLessThanOrEqual(0.3);
    });
  }

  it('are all documented, in their order, with every confidence that they have in these stories', () => {
    const text = readFileSync(new URL('../../../../docs/detection.md', import.meta.url), 'utf8');
    const documented: string[] = [];
    let name = '';
    for (const [, classifier, confidence] of text.matchAll(/^\| (?:`([a-z-]+)`)? *\| (0\.\d+) /gm)) {
      name = classifier ?? name;
      documented.push(`${name} ${confidence}`);
    }
    expect([...new Set(documented.map((line) => line.split(' ')[0]))]).toEqual(
      builtInClassifiers.map((one) => one.name),
    );
    const told = rows
      .map(({ decided }) => decided.split(' '))
      .map(([classifier, , , confidence]) => `${classifier} ${confidence}`);
    expect(told.filter((line) => !documented.includes(line))).toEqual([]);
  });

  it('picks the operator’s own call out of a dump of the whole process, wherever it stands in it', () => {
    const subject = caseOf({
      story: '',
      rule: 'operator-stalled',
      operator: { location: { function: '', file: '/app/main.ts', line: 20 } },
      decided: '',
      at: null,
    });
    const dump = ['user - /app/main.ts:23', 'user _write /app/write.ts:9', 'user _transform /app/enrich.ts:25'];
    const pieces = dump.map((frame) => evidenceOf({ operatorId: 1, await: [frame] }).payload);
    const samples = pieces.flatMap((payload) =>
      payload.case === 'evidence' ? readEvidence(payload.value, 0n).samples : [],
    );
    const [first] = pieces;
    if (first?.case !== 'evidence') throw new Error('no evidence');
    const decided = classifyBuiltIn({ ...subject, evidence: [{ ...readEvidence(first.value, 0n), samples }] });
    expect(decided.location).toMatchObject({ file: '/app/enrich.ts', line: 25 });
    expect(decided.confidence).toBe(0.8);
  });

  it('open the line of the task that a package runs, when the operator waits for what comes after it', () => {
    const locations = { location: { function: 'book', file: '/app/account.mjs', line: 20 } };
    const subject = caseOf({ story: '', rule: 'operator-stalled', operator: locations, decided: '', at: null });
    const samplesOf = (frames: readonly string[]) => {
      const { payload } = evidenceOf({ operatorId: 1, await: frames });
      if (payload.case !== 'evidence') throw new Error('no evidence');
      return readEvidence(payload.value, 0n);
    };
    const own = samplesOf(['user book /app/account.mjs:33']);
    const task = samplesOf(['user refund /app/account.mjs:22', 'dependency run /app/node_modules/queue/index.js:521']);
    const line = (...others: readonly ReturnType<typeof samplesOf>[]) =>
      classifyBuiltIn({
        ...subject,
        evidence: [{ ...own, samples: [own, ...others].flatMap(({ samples }) => samples) }],
      }).location?.line;
    expect(line(task)).toBe(22);
    // Which of two it is, or whether one of another file has to do with it, nobody knows.
    expect(line(task, task)).toBe(33);
    expect(line(samplesOf(['user poll /app/poll.mjs:22', 'dependency run /app/node_modules/q/i.js:5']))).toBe(33);
  });

  it('name none of several suspended calls when no frame ties any of them to the operator', () => {
    const subject = caseOf({ story: '', rule: 'operator-stalled', decided: '', at: null });
    const [one, other] = ['user a /app/a.mjs:1', 'user b /app/b.mjs:2'].map((frame) => {
      const { payload } = evidenceOf({ operatorId: 1, await: [frame] });
      if (payload.case !== 'evidence') throw new Error('no evidence');
      return readEvidence(payload.value, 0n);
    });
    if (one === undefined || other === undefined) throw new Error('no evidence');
    const both = { ...one, samples: [...one.samples, ...other.samples] };
    expect(classifyBuiltIn({ ...subject, evidence: [both] }).classifier).toBe('unknown');
    expect(classifyBuiltIn({ ...subject, evidence: [one] }).classifier).toBe('await-pending');
  });

  it.each([
    [1, 'unknown'],
    [5, 'await-pending'],
  ])(
    'take an await in column %i of the module that has the operator’s arrow function for: %s',
    (column, classifier) => {
      const operator = { location: { function: '', file: '/app/main.ts', line: 20 } };
      const subject = caseOf({ story: '', rule: 'operator-stalled', operator, decided: '', at: null });
      const { payload } = evidenceOf({ operatorId: 1, await: ['user - /app/main.ts:23'] });
      if (payload.case !== 'evidence') throw new Error('no evidence');
      const piece = readEvidence(payload.value, 0n);
      const samples = piece.samples.map((sample) => ({
        ...sample,
        frames: sample.frames.map((frame) => ({ ...frame, column })),
      }));
      expect(classifyBuiltIn({ ...subject, evidence: [{ ...piece, samples }] }).classifier).toBe(classifier);
    },
  );

  describe('of a process with an HTTP request under way', () => {
    const request = 'node httpNetworkFetch node:internal/deps/undici/undici:13789';
    const decide = (dump: readonly string[], resources = [peer]): string => {
      const subject = caseOf({ story: '', rule: 'operator-stalled', decided: '', at: null });
      const pieces = dump.map((frame) => {
        const { payload } = evidenceOf({ operatorId: 1, await: [frame], resources });
        if (payload.case !== 'evidence') throw new Error('no evidence');
        return readEvidence(payload.value, 0n);
      });
      const [first] = pieces;
      if (first === undefined) throw new Error('no evidence');
      const evidence = [{ ...first, samples: pieces.flatMap(({ samples }) => samples) }];
      const { category, confidence } = classifyBuiltIn({ ...subject, evidence });
      return `${category} ${confidence}`;
    };

    it('blame its peer when the operator’s is the only suspended call', () => {
      expect(decide(['user enrich /app/enrich.mjs:25', 'user - /app/main.mjs:23', request])).toBe('dependency 0.6');
    });

    it('blame nobody outside when another call, such as a long poll, may have made it', () => {
      expect(decide(['user enrich /app/enrich.mjs:25', 'user poll /app/poll.mjs:7', request])).toBe('user 0.6');
      expect(decide(['user enrich /app/enrich.mjs:25', 'dependency poll /app/node_modules/p/p.js:7', request])).toBe(
        'user 0.6',
      );
    });

    it('blame nobody outside without a request, or without a connection', () => {
      expect(decide(['user enrich /app/enrich.mjs:25', 'node run node:internal/modules/esm/module_job:561'])).toBe(
        'user 0.6',
      );
      expect(decide(['user enrich /app/enrich.mjs:25', request], [])).toBe('user 0.8');
    });
  });
});
