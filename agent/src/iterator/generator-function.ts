import { Session } from 'node:inspector';
import type { Method } from '../stream/internals.ts';

/** Where a value lies for the moment in which the inspector looks at it. */
const DESK = 'streamgauge.generator';
const DESK_EXPRESSION = `globalThis[Symbol.for('${DESK}')]`;

interface Desk {
  readonly generator: object;
  found?: unknown;
}

/** By the object that all generators of one function inherit from: the inspector is asked once for each function. */
const known: WeakMap<object, WeakRef<Method> | null> = new WeakMap();

/**
 * The function that made a generator. The language does not lead from one to the other; V8's inspector does, from within
 * the process and with nothing switched on. About 1 ms for the first generator of a function. Undefined where there is no
 * inspector.
 */
export function generatorFunctionOf(generator: object): Method | undefined {
  const family = Object.getPrototypeOf(generator) as object | null;
  if (family === null) return undefined;
  const cached = known.get(family);
  if (cached !== undefined) return cached?.deref();
  const found = askInspector(generator);
  known.set(family, found === undefined ? null : new WeakRef(found));
  return found;
}

function askInspector(generator: object): Method | undefined {
  const key = Symbol.for(DESK);
  const desk: Desk = { generator };
  const session = new Session();
  try {
    session.connect();
    Object.defineProperty(globalThis, key, { value: desk, configurable: true });
    const value = ask<RemoteAnswer>(session, 'Runtime.evaluate', { expression: `${DESK_EXPRESSION}.generator` });
    const properties = ask<RemoteAnswer>(session, 'Runtime.getProperties', {
      objectId: value?.result?.objectId,
      ownProperties: true,
    });
    const fn = properties?.internalProperties?.find(({ name }) => name === '[[GeneratorFunction]]');
    ask(session, 'Runtime.callFunctionOn', {
      objectId: fn?.value?.objectId,
      functionDeclaration: `function () { ${DESK_EXPRESSION}.found = this; }`,
    });
    return typeof desk.found === 'function' ? (desk.found as Method) : undefined;
  } catch {
    return undefined;
  } finally {
    delete (globalThis as Record<symbol, unknown>)[key];
    session.disconnect();
  }
}

interface RemoteAnswer {
  readonly result?: { readonly objectId?: string };
  readonly internalProperties?: readonly { readonly name: string; readonly value?: { readonly objectId?: string } }[];
}

/** A session that asks its own thread has its answer before the call returns. */
function ask<T>(session: Session, method: string, parameters: object): T | undefined {
  let answer: T | undefined;
  session.post(method, parameters, (_error: unknown, result: unknown) => {
    answer = result as T;
  });
  return answer;
}
