import { lookThroughInspector, propertiesOf } from '../sample/own-inspector.ts';
import type { Method } from '../stream/internals.ts';

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
  const desk: Desk = { generator };
  return lookThroughInspector(desk, (ask, expression) => {
    const properties = propertiesOf(ask, `${expression}.generator`);
    const fn = properties?.internalProperties?.find(({ name }) => name === '[[GeneratorFunction]]');
    ask('Runtime.callFunctionOn', {
      objectId: fn?.value?.objectId,
      functionDeclaration: `function () { ${expression}.found = this; }`,
    });
    return typeof desk.found === 'function' ? (desk.found as Method) : undefined;
  });
}
