import type { SourceLocation } from '../thread/messages.ts';
import type { RawFrame } from './call-sites.ts';
import { plainFile } from './frames.ts';
import type { MainSession } from './main-session.ts';
import { findOperator, isInside, type OperatorFacts } from './operator-place.ts';

/** An operator that may be the one that runs. */
export interface Suspect {
  readonly id: number;
  readonly name: string;
  /** Where it was made, as far as the main thread knows. */
  readonly location: SourceLocation | undefined;
}

/** The operator that was found, and what is known of it. */
export type BlockingOperator = OperatorFacts & { readonly id: number };

/** How many operators are compared with the stack when the main thread has left no trace of the running one. */
const MAX_SUSPECTS = 64;

/**
 * The operator whose code is on the stack. The main thread usually says which one runs; for operators so fast that they
 * leave no trace, their functions are compared with the frames, and the innermost match wins. An asynchronous call that goes
 * on after an `await` has its caller no more on the stack: then it is the only operator that has such a call outstanding, if
 * the code that runs was resumed by a promise and stands in a file of that operator's.
 */
export async function blockingOperator(
  session: MainSession,
  suspects: readonly Suspect[],
  runningOperator: number,
  stacks: readonly (readonly RawFrame[])[],
  timeoutMs: number,
  nowMs: () => number,
): Promise<BlockingOperator | undefined> {
  const files = stacks.flatMap((frames) => frames.map((frame) => frame[1]));
  const candidates =
    runningOperator === 0 ? suspects.slice(0, MAX_SUSPECTS) : suspects.filter(({ id }) => id === runningOperator);
  let best: { readonly depth: number; readonly operator: BlockingOperator } | undefined;
  const resumed: BlockingOperator[] = [];
  for (const { id, location } of candidates) {
    const likely = location === undefined ? files : [...files, location.file];
    const facts = await findOperator(session, id, {
      files: likely,
      thorough: runningOperator !== 0,
      timeoutMs,
      nowMs,
    });
    if (facts === undefined) continue;
    if (runningOperator !== 0) return { id, ...facts };
    const depths = stacks.map((frames) => frames.findIndex((frame) => isInside(frame, facts.places)));
    const depth = Math.min(...depths.filter((found) => found >= 0));
    if (Number.isFinite(depth) && (best === undefined || depth < best.depth))
      best = { depth, operator: { id, ...facts } };
    if (facts.callbackOutstanding && stacks.some((frames) => mayContinue(frames, facts)))
      resumed.push({ id, ...facts });
  }
  return best?.operator ?? (resumed.length === 1 ? resumed[0] : undefined);
}

/**
 * The operator among whose frames a stack lies, told without asking the thread: the innermost one whose function bears the name of
 * exactly one operator, as that of a generator does, and lies in the file that is known of it. 0: none.
 */
export function operatorByName(suspects: readonly Suspect[], frames: readonly RawFrame[]): number {
  for (const [name, file] of frames) {
    if (name === '' || file.startsWith('node:')) continue;
    const called = suspects.filter((suspect) => suspect.name === name);
    const [only] = called;
    if (only === undefined || called.length > 1) continue;
    if (only.location === undefined || plainFile(only.location.file) === plainFile(file)) return only.id;
  }
  return 0;
}

/** Whether the stack was begun by a settled promise and runs code out of a file of the operator's. */
function mayContinue(frames: readonly RawFrame[], { places }: OperatorFacts): boolean {
  const outermost = frames.at(-1);
  if (outermost !== undefined && !isBegunByPromise(outermost)) return false;
  return frames.some(([, file]) => places.some(({ location }) => location.file === plainFile(file)));
}

/**
 * Whether the outermost frame is one that a settled promise begins: the runtime's function that empties the task queue, or, where
 * compiled code empties it, the resumed function itself. Everything else that calls somebody's code has a frame of the runtime below it.
 */
function isBegunByPromise([name, file]: RawFrame): boolean {
  return (
    /^(?:process\.)?processTicksAndRejections$|^runMicrotasks$/.test(name) || /^(?:file:|\/|[A-Za-z]:\\)/.test(file)
  );
}
