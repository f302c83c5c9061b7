import { Readable } from 'node:stream';
import type { Iteration } from '../iterator/iteration.ts';
import { userCallSite } from '../operator/call-site.ts';
import { sameOutcome } from '../operator/same-outcome.ts';
import type { Adoption } from '../stream/adoption.ts';
import { hasReadableSide, type Method, type ReadableInternals } from '../stream/internals.ts';
import type { Patches } from '../stream/patch.ts';
import { ReadableFlag } from '../stream/state-flags.ts';
import { streamName } from '../stream/stream-name.ts';
import type { SourceLocation } from '../thread/messages.ts';
import { GROWN_AFTER_MS } from '../young/young.ts';
import { followFunction } from './followed-function.ts';
import { METHODS, type MethodManner } from './methods.ts';
import { Step } from './step.ts';
import { StepOperator } from './step-operator.ts';
import { watchPushes, watchReads } from './stream-watch.ts';

/**
 * Follows `Readable.map()` and its kin. Node makes them of generators of its own, in which nothing tells one record from the
 * next: so the records are counted at the user's function, in front of it as they are read, and behind it as they go out.
 */
export function hookReadableOperators(patches: Patches, adoption: Adoption, iteration: Iteration): void {
  const prototype = Readable.prototype as unknown as Record<string, unknown>;
  for (const [name, manner] of Object.entries(METHODS)) {
    patches.method(prototype, name, (original: Method): Method => {
      return function method(this: unknown, ...rest: unknown[]): unknown {
        if (new.target !== undefined) return Reflect.construct(original, rest, new.target);
        const follower = begin(adoption, name, manner, this, rest, method);
        if (follower === undefined) return original.apply(this, rest);
        const [fn, ...others] = rest;
        const given = manner.calls ? [follower.follow(fn as Method), ...others] : rest;
        let result: unknown;
        const outer = iteration.ofNode;
        iteration.ofNode = true;
        try {
          result = original.apply(this, given);
        } catch (error) {
          follower.release();
          throw error;
        } finally {
          iteration.ofNode = outer;
        }
        return follower.finish(result);
      };
    });
  }
}

/** Follows one call of a method. */
interface Follower {
  follow(fn: Method): Method;
  /** Gives what the user gets. */
  finish(result: unknown): unknown;
  release(): void;
}

/** Streams whose records go through a method already: a second one gets some of them, and nothing tells which. */
const taken: WeakSet<object> = new WeakSet();

function begin(
  adoption: Adoption,
  name: string,
  manner: MethodManner,
  source: unknown,
  args: readonly unknown[],
  hook: Method,
): Follower | undefined {
  const { graph } = adoption;
  const [user] = args;
  if (graph.stopped || !hasReadableSide(source) || !Object.isExtensible(source) || taken.has(source)) return undefined;
  if (manner.calls && typeof user !== 'function') return undefined;
  try {
    taken.add(source);
    const step = new Step(manner.gives);
    const fn = manner.calls ? (user as Method) : undefined;
    const bornMs = graph.nowMs();
    // Beyond the budget the place is left out: the stack costs more than all the rest.
    const place = adoption.young.takesAtOnce() ? userCallSite(hook) : undefined;
    const stopReads = watchReads(source, step, manner.skips(args), manner.calls, () => graph.nowMs());
    const undo: (() => void)[] = [stopReads];
    const release = (): void => {
      for (const task of undo.splice(0)) task();
    };
    let output: ReadableInternals | undefined;
    let adopted = false;
    const over = (): boolean => step.settled || (output !== undefined && isOver(output));
    const adopt = (): void => {
      if (adopted || graph.stopped) return;
      adopted = true;
      if (over()) return;
      const { label, location } = nameOf(name, fn, place);
      const operator = graph.add(
        { name: label, kind: manner.stream ? 'transform' : 'sink', unit: 'records', location },
        (identity) => new StepOperator(identity, graph, { step, fn, output, release }),
      );
      if (operator === undefined) return;
      step.operator = operator;
      const sourceName = streamName(source, () => place);
      const objects = ReadableFlag.objectMode(source._readableState);
      adoption.feed(source, sourceName, operator, () => !over() && !isOver(source), { sameUnit: objects });
    };
    const onRecord = (): void => {
      // A program that keeps its timers from running is not asked by one.
      if (!adopted && graph.nowMs() - bornMs >= GROWN_AFTER_MS) adoption.later(step, adopt);
    };
    adoption.young.add({
      bornMs,
      alive: () => !over(),
      adopt: () => {
        adopt();
        return true;
      },
    });
    return {
      follow: (given) => followFunction(graph, step, given, manner.owes, onRecord),
      release,
      finish(result) {
        if (manner.stream) {
          if (!hasReadableSide(result)) return result;
          output = result;
          undo.push(watchPushes(result, step));
          adoption.give(result, () => {
            adopt();
            return step.operator;
          });
          return result;
        }
        if (!(result instanceof Promise)) return result;
        const settled = (): void => {
          step.settled = true;
          release();
        };
        return sameOutcome(result, settled, settled);
      },
    };
  } catch (error) {
    graph.onError(error);
    return undefined;
  }
}

function isOver(stream: ReadableInternals): boolean {
  const state = stream._readableState;
  return ReadableFlag.endEmitted(state) || ReadableFlag.destroyed(state);
}

function nameOf(
  method: string,
  fn: Method | undefined,
  place: SourceLocation | undefined,
): { readonly label: string; readonly location: SourceLocation | undefined } {
  const name = fn === undefined ? '' : String(fn.name).replace(/^bound /, '');
  if (name !== '') return { label: `${method} ${name}`, location: place };
  const file = place?.file.split(/[\\/]/).at(-1);
  return { label: place === undefined ? method : `${method} ${file}:${place.line}`, location: place };
}
