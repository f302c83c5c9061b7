import { url } from 'node:inspector';
import { monotonicMs } from '../board/monotonic.ts';
import { type Ask, lookThroughInspector, propertiesOf } from '../sample/own-inspector.ts';
import type { FunctionText, UnfinishedOperator } from '../thread/messages.ts';
import type { OperatorInspection, PendingOperator, Tracker } from '../tracker.ts';

/** How many operators are told of; most programs have one. */
const MAX_UNFINISHED = 8;
/** How long looking for their functions may take. Usual is 1 ms for the first and half of one for each other. */
const BUDGET_MS = 15;
/** How much of a function's source text is told. */
const MAX_TEXT_LENGTH = 20_000;

// biome-ignore lint/complexity/noBannedTypes: any callable of the user's
type AnyFunction = Function;

/** Which of the operators that were pending when the event loop ran dry have not gone on since. */
export function stillPending(then: readonly PendingOperator[], now: readonly PendingOperator[]): PendingOperator[] {
  const completed = new Map(then.map((operator) => [operator.id, operator.completed]));
  return now.filter((operator) => completed.get(operator.id) === operator.completed);
}

/** What is told of operators that nothing can finish any more. Never throws; calls no code of the user's. */
export function describeUnfinished(
  pending: readonly PendingOperator[],
  tracker: Pick<Tracker, 'inspect'>,
  nowMs: () => number = monotonicMs,
): UnfinishedOperator[] {
  const dueMs = nowMs() + BUDGET_MS;
  const found = pending.slice(0, MAX_UNFINISHED).map(({ id }) => ({ id, inspection: tracker.inspect(id) }));
  // Whoever debugs the process would see our questions among their own.
  const debugged = url() !== undefined;
  return found.map(({ id, inspection }) => {
    const [fn] = inspection?.functions ?? [];
    const missing =
      fn === undefined
        ? 'it has no function of its own'
        : debugged
          ? 'a debugger is open'
          : nowMs() >= dueMs
            ? 'no time was left'
            : '';
    const start = fn === undefined || missing !== '' ? undefined : functionText(fn, inspection?.generator);
    return {
      id,
      callbackOutstanding: inspection?.awaits !== true && inspection?.callbackOutstanding === true,
      promiseOutstanding: isAwaiting(inspection, fn),
      start,
      missing: start === undefined ? missing || 'there is no inspector' : '',
    };
  });
}

/** An asynchronous method of a stream may hang before it comes to its callback. */
function isAwaiting(inspection: OperatorInspection | undefined, fn: AnyFunction | undefined): boolean {
  if (inspection?.callbackOutstanding !== true) return false;
  return inspection.awaits === true || (fn !== undefined && Object.getPrototypeOf(fn) === asyncFunction);
}

const asyncFunction: unknown = Object.getPrototypeOf(async () => undefined);

function functionText(fn: AnyFunction, generator: object | undefined): FunctionText | undefined {
  const desk = { fn, generator };
  const places = lookThroughInspector(desk, (ask, expression) => ({
    start: placeOf(ask, `${expression}.fn`, '[[FunctionLocation]]'),
    waitsAt: generator === undefined ? undefined : placeOf(ask, `${expression}.generator`, '[[GeneratorLocation]]'),
  }));
  if (places?.start === undefined) return undefined;
  const name: unknown = Object.getOwnPropertyDescriptor(fn, 'name')?.value;
  return {
    name: typeof name === 'string' ? name : '',
    text: Function.prototype.toString.call(fn).slice(0, MAX_TEXT_LENGTH),
    ...places.start,
    waitsAt: places.waitsAt,
  };
}

function placeOf(ask: Ask, expression: string, property: string): { line: number; column: number } | undefined {
  const found = propertiesOf(ask, expression)?.internalProperties?.find(({ name }) => name === property)?.value?.value;
  if (typeof found !== 'object' || found === null) return undefined;
  const { lineNumber, columnNumber } = found as { lineNumber?: unknown; columnNumber?: unknown };
  if (typeof lineNumber !== 'number' || typeof columnNumber !== 'number') return undefined;
  return { line: lineNumber, column: columnNumber };
}
