import { LIMITS } from '@streamgauge/proto/limits';
import type { RawFrame } from './call-sites.ts';
import type { MainSession } from './main-session.ts';
import { listens, mayBeDebugged } from './other-debugger.ts';
import { parseStackText } from './stack-text.ts';

/** An error that was thrown and caught, as often as it came. */
export interface CaughtError {
  /** Of its class. */
  readonly name: string;
  /** That it carries, or that its cause does; empty: none. */
  readonly code: string;
  /** Status of HTTP that it carries; 0: none. */
  readonly status: number;
  readonly count: number;
  /** Innermost first. */
  readonly frames: readonly RawFrame[];
}

export interface ErrorWatch {
  readonly errors: readonly CaughtError[];
  readonly watchedMs: number;
  /** Why nothing was watched. */
  readonly missing?: string;
}

export interface ErrorWatchOptions {
  readonly nowMs: () => number;
  readonly pause: (ms: number) => Promise<void>;
  readonly durationMs: number;
  /** Whether that error is one that was looked for. */
  readonly isWanted: (error: CaughtError) => boolean;
  /** The main thread is about to be held up by this, and is no longer. */
  readonly onStop?: (stopped: boolean) => void;
}

/** Who fails so often at the same place fails again and again. */
const ENOUGH = 3;
/** Each error stops the main thread for a fraction of a millisecond: more than so many are not looked at, nor for longer in all. */
const MAX_STOPS = 40;
const MAX_STOPPED_MS = 100;
const STEP_MS = 20;
/** How often it is asked whether somebody may have come with a debugger meanwhile. */
const STEPS_PER_LOOK = 5;
/** The other reasons are somebody's own, such as a statement that asks for a debugger. */
const OF_ERRORS = /^(?:exception|promiseRejection|assert|OOM)$/;
/** V8 tells of each script that was loaded when it begins to debug. */
const ENABLE_TIMEOUT_MS = 5000;
const ANSWER_MS = 1000;

/** What is told of the error that stops the main thread. */
interface Stop {
  readonly reason: string;
  readonly data?: { readonly objectId?: string; readonly className?: string; readonly description?: string };
  readonly callFrames: readonly {
    readonly functionName: string;
    readonly url: string;
    readonly location: { readonly lineNumber: number; readonly columnNumber?: number };
  }[];
}

interface Marks {
  readonly code: string;
  readonly status: number;
}

/**
 * Errors that the program throws and catches within a short time: nothing else shows them. V8's debugger stops the main thread
 * at each one, that is how it tells of it, and it is let go on at once. Where a debugger may be at work, nothing is done.
 * Rejects as the session does; afterwards nothing is left behind.
 */
export async function watchErrors(session: MainSession, options: ErrorWatchOptions): Promise<ErrorWatch> {
  const { nowMs, pause, durationMs, isWanted, onStop } = options;
  if (session.on === undefined) {
    return { errors: [], watchedMs: 0, missing: 'caught errors: they are watched for in the main thread alone' };
  }
  if (await mayBeDebugged(session, ANSWER_MS)) {
    return {
      errors: [],
      watchedMs: 0,
      missing: 'caught errors: a debugger may be attached, which has the program to itself',
    };
  }
  const found = new Map<string, CaughtError>();
  const reading: Promise<void>[] = [];
  let [stops, stoppedMs, watching, someoneCame] = [0, 0, true, false];

  session.on('Debugger.paused', (stop: Stop) => {
    const startMs = nowMs();
    stops += 1;
    const isError = OF_ERRORS.test(stop.reason);
    // Both are sent before the first is answered, so that the main thread goes on as soon as it has answered.
    const marks = isError && watching ? readMarks(session, stop) : undefined;
    const resumed = isError ? resume() : resumeUnlessListening();
    reading.push(
      resumed.then(async () => {
        stoppedMs += nowMs() - startMs;
        if (marks !== undefined) note(stop, await marks);
      }),
    );
  });

  let startMs = nowMs();
  try {
    onStop?.(true);
    // What it tells of scripts is not needed, and must not be kept.
    await session.post('Debugger.enable', { maxScriptsCacheSize: 0 }, ENABLE_TIMEOUT_MS);
    onStop?.(false);
    startMs = nowMs();
    await session.post('Debugger.setPauseOnExceptions', { state: 'all' }, ANSWER_MS);
    for (let step = 1; nowMs() - startMs < durationMs && stops < MAX_STOPS && stoppedMs < MAX_STOPPED_MS; step++) {
      await pause(STEP_MS);
      if (step % STEPS_PER_LOOK === 0) someoneCame ||= await listens(session, ANSWER_MS);
      if (someoneCame) break;
      if ([...found.values()].some((error) => error.count >= ENOUGH && isWanted(error))) break;
    }
  } finally {
    onStop?.(false);
    watching = false;
    await session.post('Debugger.setPauseOnExceptions', { state: 'none' }, ANSWER_MS).catch(() => undefined);
    await session.post('Debugger.disable', {}, ANSWER_MS).catch(() => undefined);
  }
  const watchedMs = nowMs() - startMs;
  await Promise.all(reading);
  const errors = [...found.values()].sort(
    (left, right) => Number(isWanted(right)) - Number(isWanted(left)) || right.count - left.count,
  );
  return { errors: errors.slice(0, LIMITS.CAUGHT_ERRORS_PER_EVIDENCE), watchedMs };

  function resume(): Promise<unknown> {
    return session.post('Debugger.resume', {}, ANSWER_MS).catch(() => undefined);
  }

  /** What a person has stopped stays stopped. */
  async function resumeUnlessListening(): Promise<void> {
    someoneCame ||= await listens(session, ANSWER_MS).catch(() => true);
    if (!someoneCame) await resume();
  }

  function note(stop: Stop, { code, status }: Marks): void {
    const frames = framesOf(stop);
    const name = stop.data?.className ?? '';
    const key = JSON.stringify([name, code, status, frames.slice(0, 3)]);
    const known = found.get(key);
    if (known === undefined && found.size >= MAX_STOPS) return;
    found.set(key, { name, code, status, frames, count: (known?.count ?? 0) + 1 });
  }
}

/** Code and status of an error, of its cause or of the first error that it stands for. Properties alone: no getter runs. */
const READ_MARKS = `function () {
  const own = (object, key) => {
    const property = Object.getOwnPropertyDescriptor(object, key);
    return property === undefined ? undefined : property.value;
  };
  const isObject = (value) => typeof value === 'object' && value !== null;
  let code = '';
  let status = 0;
  for (let error = this, depth = 0; isObject(error) && depth < 4; depth++) {
    const [ownCode, errors, response, metadata] = ['code', 'errors', 'response', '$metadata'].map((key) => own(error, key));
    if (code === '' && (typeof ownCode === 'string' || typeof ownCode === 'number')) code = String(ownCode).slice(0, 100);
    const statuses = [own(error, 'status'), own(error, 'statusCode'),
      isObject(response) ? own(response, 'status') : 0,
      isObject(metadata) ? own(metadata, 'httpStatusCode') : 0];
    if (status === 0) status = statuses.find((value) => Number.isInteger(value) && value >= 100 && value <= 599) || 0;
    const cause = own(error, 'cause');
    error = isObject(cause) ? cause : Array.isArray(errors) ? errors[0] : undefined;
  }
  return { code, status };
}`;
const NO_MARKS: Marks = { code: '', status: 0 };

async function readMarks(session: MainSession, { data }: Stop): Promise<Marks> {
  if (data?.objectId === undefined) return NO_MARKS;
  try {
    const { result } = await session.post<{ result: { readonly value?: Marks } }>(
      'Runtime.callFunctionOn',
      { functionDeclaration: READ_MARKS, objectId: data.objectId, returnByValue: true, silent: true },
      ANSWER_MS,
    );
    return result.value ?? NO_MARKS;
  } catch {
    return NO_MARKS;
  }
}

/** What its stack says, which names the calls that wait for the one that has failed; else who threw it. */
function framesOf({ data, callFrames }: Stop): readonly RawFrame[] {
  const written = parseStackText(traceOf(data?.description ?? '')).map(
    ({ function: name, file, line, column }): RawFrame => [name, file, line, column],
  );
  const thrown = callFrames.map(
    ({ functionName, url, location }): RawFrame => [
      functionName,
      url,
      location.lineNumber + 1,
      (location.columnNumber ?? 0) + 1,
    ],
  );
  return [written, thrown].find((frames) => frames.some(isSomebodys)) ?? thrown;
}

const isSomebodys = ([, file]: RawFrame): boolean => file !== '' && !file.startsWith('node:');

/** The lines at the end of it that are frames: above them is the message, which may look like anything. */
function traceOf(description: string): string {
  const lines = description.split('\n');
  const above = lines.findLastIndex((line) => !/^\s+at /.test(line));
  return lines.slice(above + 1).join('\n');
}
