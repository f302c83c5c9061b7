import type { Failure, Lifecycle } from '@streamgauge/proto';
import type { IncidentFrame } from '../incident/incident.ts';
import { type CodeOwner, workersWord } from './code-owner.ts';
import { readFrames } from './evidence.ts';
import { readDrain } from './worker-drain.ts';
import type { Moment, WorkerWindow } from './worker-window.ts';

/** An error that nobody caught, or an exit that was not a success. */
export interface WorkerFailure {
  readonly session: string;
  /** Class of the error; empty when the process only ended with a bad exit code. */
  readonly name: string;
  readonly message: string;
  readonly frames: readonly IncidentFrame[];
  /** 0: unknown. */
  readonly operatorId: number;
  /** Name of that operator at that time; empty when unknown. */
  readonly operator: string;
  /** That of the operator, else the worker's own. */
  readonly job: string;
  readonly exitCode: number | null;
  readonly at: Moment;
  /** Reports received from the worker when it failed. */
  readonly reportsReceived: number;
}

/** So many reports after a failure show that the worker has survived it; the first may have been under way already. */
const reportsThatShowSurvival = 3;

/** The window after an uncaught error. Pure. */
export function failWindow(
  window: WorkerWindow,
  failure: Failure,
  at: Moment,
  codeOwner: CodeOwner = workersWord,
): WorkerWindow {
  const operator = window.snapshot?.operatorsById.get(failure.operatorId);
  return {
    ...window,
    failure: {
      session: window.facts.session,
      name: failure.name === '' ? 'Error' : failure.name,
      message: failure.message,
      frames: readFrames(failure.frames, codeOwner),
      operatorId: failure.operatorId,
      operator: operator?.name ?? '',
      job: operator?.job ?? window.facts.job,
      exitCode: null,
      at,
      reportsReceived: window.reportsReceived,
    },
  };
}

/** The window after the worker has said that it ends; failed says whether badly. Pure. */
export function endWindow(window: WorkerWindow, lifecycle: Lifecycle, failed: boolean, at: Moment): WorkerWindow {
  const ending = { ...window, ending: true, drain: readDrain(window, lifecycle, at) };
  if (!failed) return ending;
  const exitCode = lifecycle.exitCode ?? null;
  const { failure } = window;
  if (failure !== null && failure.session === window.facts.session) {
    return { ...ending, failure: { ...failure, exitCode } };
  }
  const bare: WorkerFailure = {
    session: window.facts.session,
    name: '',
    message: lifecycle.reason,
    frames: [],
    operatorId: 0,
    operator: '',
    job: window.facts.job,
    exitCode,
    at,
    reportsReceived: window.reportsReceived,
  };
  return { ...ending, failure: bare };
}

/** The window without its bad end once the worker, or its next session, has shown that it goes on. Pure. */
export function forgetFailure(before: WorkerWindow): WorkerWindow {
  if (before.ending || before.departure !== null) return before;
  const goesOn = before.drain !== null && before.reportsReceived > 0;
  const window = goesOn ? { ...before, drain: null } : before;
  const { failure } = window;
  if (failure === null) return window;
  const survived =
    failure.session === window.facts.session
      ? window.reportsReceived - failure.reportsReceived >= reportsThatShowSurvival
      : window.reportsReceived > 0;
  return survived ? { ...window, failure: null } : window;
}
