import { Duplex, Writable } from 'node:stream';
import { callSitesAbove, fileOf, isUserFile, toLocation } from '../operator/call-site.ts';
import type { Operator } from '../operator/operator.ts';
import type { Adoption } from './adoption.ts';
import type { Method, StreamInternals } from './internals.ts';
import type { Patches } from './patch.ts';

/**
 * Finds the edges that are made by calling write() by hand, inside the code of another operator.
 *
 * Looks once at each pair of operator and stream: the stack tells whether the user's own code calls, or a pipe, or a library
 * that talks to a server.
 */
export function hookWrite(patches: Patches, adoption: Adoption): void {
  const { graph } = adoption;
  const { control } = graph.board;
  // Weak on both sides: one log file may be written to by the streams of a million requests.
  const looked: WeakMap<object, WeakSet<Operator>> = new WeakMap();

  const firstTime = (stream: object, operator: Operator): boolean => {
    let seen = looked.get(stream);
    // Beyond the budget nobody looks: at a stream that lives on, a later write will.
    if (seen?.has(operator) === true || !adoption.young.takesAtOnce()) return false;
    if (seen === undefined) {
      seen = new WeakSet();
      looked.set(stream, seen);
    }
    seen.add(operator);
    return true;
  };

  const notice = (stream: StreamInternals, running: number, hook: Method): void => {
    if (graph.stopped || stream._isStdio === true) return;
    const candidates = running === 0 ? graph.consumers : [graph.find(running)];
    let caller: NodeJS.CallSite | undefined;
    for (const operator of candidates) {
      if (operator === undefined || adoption.input(stream) === operator || !firstTime(stream, operator)) continue;
      caller ??= callSitesAbove(hook)[0];
      if (caller === undefined || !isUserFile(fileOf(caller))) continue;
      if (running === 0 && !operator.isConsumedBy(caller)) continue;
      const site = caller;
      operator.writesByHand();
      // The edge is adopted when the stack is empty; this record comes before.
      const target = adoption.input(stream);
      if (target !== undefined) graph.expectInput(target);
      adoption.linkNow(operator, stream, 'manual', () => toLocation(site));
    }
  };

  // Duplex has the same function as Writable. It gets the same hook: two would keep V8 from inlining either of them.
  const hooks = new Map<Method, Method>();
  for (const { prototype } of [Writable, Duplex]) {
    patches.method(prototype as unknown as Record<string, unknown>, 'write', (original: Method): Method => {
      const hook = hooks.get(original) ?? hookedWrite(original, control, notice, (error) => graph.onError(error));
      hooks.set(original, hook);
      return hook;
    });
  }
}

function hookedWrite(
  original: Method,
  control: Int32Array,
  notice: (stream: StreamInternals, running: number, hook: Method) => void,
  onError: (error: unknown) => void,
): Method {
  return function write(this: StreamInternals, chunk: unknown, encoding: unknown, callback: unknown): unknown {
    // The cells are Control.RUNNING_OPERATOR and Control.CONSUMERS, written as numbers because every write pays for this line.
    if (control[2] !== 0 || control[9] !== 0) {
      try {
        notice(this, control[2] as number, write);
      } catch (error) {
        onError(error);
      }
    }
    return original.call(this, chunk, encoding, callback);
  };
}
