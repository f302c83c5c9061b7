// The way into the agent for whoever can only require: `node --require`, and an inspector that evaluates an expression, for which
// import() fails. CommonJS, and plain: what it exports cannot be written in the syntax of modules.

type Attach = typeof import('./attach.ts', { with: { 'resolution-mode': 'import' }});
type Registration = typeof import('./registration.ts', { with: { 'resolution-mode': 'import' }});
type Start = typeof import('./start.ts', { with: { 'resolution-mode': 'import' }});

/**
 * Loads an ES module of this package at once, also in the middle of a blocked event loop, where this Node.js can require it:
 * 20.19, 22.12 and later. Older ones load it when the event loop turns. Node.js 20 and 22 warn of the former, which is nothing
 * that the program has done: within this call nobody else runs, so nothing but that warning is lost.
 */
function load<Module, Result>(
  now: () => unknown,
  later: () => Promise<Module>,
  use: (module: Module) => Result,
): Result | Promise<Result> {
  if (!('require_module' in process.features) || process.features.require_module !== true) return later().then(use);
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return use(now() as Module);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Starts the agent in this process, see attach.ts. */
function attach(options: object): unknown {
  return load<Attach, unknown>(
    () => require('./attach.js'),
    () => import('./attach.ts'),
    (module) => module.attach(options),
  );
}

/** What `node --require @streamgauge/agent/register` does. */
function register(): unknown {
  return load<Registration, unknown>(
    () => require('./registration.js'),
    () => import('./registration.ts'),
    ({ isWanted, stayOff }) => {
      if (!isWanted()) return;
      try {
        const started = load<Start, unknown>(
          () => require('./start.js'),
          () => import('./start.ts'),
          ({ startAgent }) => startAgent(),
        );
        if (started instanceof Promise) started.catch(stayOff);
      } catch (error) {
        stayOff(error);
      }
    },
  );
}

module.exports = { attach, register };
