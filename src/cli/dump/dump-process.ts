import { setTimeout as pause } from 'node:timers/promises';
import {
  dumpAwaits,
  HELPER_EXPRESSION,
  type MainSession,
  namesCode,
  type OperatorNow,
  plainGroups,
  plainStacks,
  probeText,
  profileProcessor,
  type RawFrame,
  withoutExpression,
} from '@streamgauge/agent/external';
import { CliError } from '../../errors.ts';
import type { Deadline } from '../target/deadline.ts';
import { LOAD_EXPRESSION } from '../target/inspector.ts';
import { type MainThreadWatch, watchMainThread } from '../target/main-thread.ts';
import { processFiles } from '../target/process-files.ts';
import { withInspector } from '../target/with-inspector.ts';
import type { Dump, LoopState, MemoryFacts, OperatorFacts, ProcessFacts } from './dump.ts';

/** How long the event loop may take for one turn before it counts as blocked. */
const TURN_MS = 400;
const ANSWER_MS = 500;
/** Looks at a blocked main thread: enough to tell the line that it stays in from those it passes. */
const LOOKS = 10;
const LOOK_PAUSE_MS = 10;
const OBJECT_GROUP = 'streamgauge-dump';
/** Values of OperatorState, by number. */
const STATES = ['', 'idle', 'busy', 'backpressured', 'paused', 'ended'];

/** The runtime collects garbage before it looks, and a promise that nobody can settle any more is garbage. */
const NO_AWAITS =
  'await stacks: no asynchronous function waits for anything that could still happen; one whose promise everybody has let go of is not found';

/** Everything that can be had in one answer, because the process may be asked nothing twice. */
const FACTS_EXPRESSION = `(() => {
  const agent = globalThis[Symbol.for('streamgauge.agent.running')];
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  return {
    runtime: process.version,
    script: String(process.argv[1] ?? ''),
    uptimeSeconds: Math.round(process.uptime()),
    memory: { resident: rss, heapUsed, heapTotal, external },
    agent: agent?.running ? { job: agent.job, worker: agent.worker } : null,
    operators: agent?.running ? ${HELPER_EXPRESSION}?.operators?.() ?? [] : [],
  };
})()`;

interface Facts extends Omit<ProcessFacts, 'pid'> {
  readonly memory: MemoryFacts;
  readonly agent: Dump['agent'];
  readonly operators: readonly OperatorNow[];
}

/**
 * What a process does now. It is asked through its inspector, which is closed again; nothing is left in it. A process inside a
 * native call is told by what the system says. Throws CliError when nothing can be told.
 */
export async function dumpProcess(pid: number, deadline: Deadline): Promise<Dump> {
  try {
    const { dump, closed } = await withInspector(pid, deadline, async (_target, { session }) => ({
      dump: await ask(pid, session, deadline),
    }));
    const open = 'the inspector of the process is still open; it is closed as soon as its event loop turns';
    return closed ? dump : { ...dump, missing: [...dump.missing, open] };
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'SG_CLI_NO_ANSWER') throw error;
    return dumpFromOutside(pid, error.message);
  }
}

async function ask(pid: number, session: MainSession, deadline: Deadline): Promise<Dump> {
  const thread = watchMainThread(pid);
  const probe = await openProbe(session, deadline);
  const facts = await session.evaluate<Facts>(FACTS_EXPRESSION, deadline.left(ANSWER_MS));
  const looks: (readonly RawFrame[])[] = [await probe.call<readonly RawFrame[]>('sample')];
  const resources = await probe.call<readonly string[]>('resources');
  const loop: LoopState = (await turns(session, deadline)) ? 'turning' : 'blocked';
  while (loop === 'blocked' && looks.length < LOOKS && !deadline.over) {
    await pause(LOOK_PAUSE_MS);
    looks.push(await probe.call<readonly RawFrame[]>('sample'));
  }
  const looked = plainStacks(looks.map(withoutExpression).filter(({ length }) => length > 0));
  // In an endless row of promises most looks find the queue of them: a short profile finds the code.
  const telling = looked.filter(namesCode).reduce((sum, { count }) => sum + count, 0);
  const profiled =
    loop === 'blocked' && telling < looks.length / 2 && !deadline.over
      ? plainGroups(await profileProcessor(session, pause)).filter(namesCode)
      : [];
  const awaits =
    loop === 'blocked' ? { missing: 'await stacks: the event loop is blocked' } : await takeAwaits(session, deadline);
  thread.look();
  const { memory, agent, operators, ...rest } = facts;
  return {
    process: { pid, ...rest },
    agent,
    loop,
    thread: thread.summary() ?? null,
    memory,
    running: [...profiled, ...looked],
    awaits: 'stacks' in awaits ? plainGroups(awaits.stacks.groups) : [],
    operators: operators.map(operatorFacts),
    resources,
    holdings: [],
    missing: 'missing' in awaits ? [awaits.missing] : awaits.stacks.groups.length === 0 ? [NO_AWAITS] : [],
  };
}

/** What can be asked of a process without the agent, held by the inspector for as long as the session lasts. */
async function openProbe(session: MainSession, deadline: Deadline): Promise<{ call<R>(name: string): Promise<R> }> {
  const { result } = await session.post<{ result: { objectId?: string } }>(
    'Runtime.evaluate',
    { expression: probeText(), objectGroup: OBJECT_GROUP, silent: true },
    deadline.left(ANSWER_MS),
  );
  return {
    async call<Result>(name: string) {
      const answer = await session.post<{ result: { value?: Result } }>(
        'Runtime.callFunctionOn',
        {
          functionDeclaration: `function () { return this.${name}() ?? []; }`,
          objectId: result.objectId,
          returnByValue: true,
          silent: true,
        },
        deadline.left(ANSWER_MS),
      );
      return answer.result.value as Result;
    },
  };
}

/** True when the event loop comes round in time. */
async function turns(session: MainSession, deadline: Deadline): Promise<boolean> {
  const expression = `new Promise((resolve) => void ${LOAD_EXPRESSION}('node:timers').setImmediate(resolve))`;
  const parameters = { expression, awaitPromise: true, silent: true, includeCommandLineAPI: true };
  return session.post('Runtime.evaluate', parameters, deadline.left(TURN_MS)).then(
    () => true,
    () => false,
  );
}

async function takeAwaits(session: MainSession, deadline: Deadline): Promise<Awaited<ReturnType<typeof dumpAwaits>>> {
  const late = { missing: 'await stacks: not taken in time' };
  const taking = dumpAwaits(session, { probe: probeText() });
  taking.catch(() => undefined);
  try {
    return await Promise.race([taking, pause(deadline.left(2000), late, { ref: false })]);
  } catch (error) {
    return { missing: `await stacks: ${error instanceof Error ? error.message : 'unknown fault'}` };
  }
}

async function dumpFromOutside(pid: number, reason: string): Promise<Dump> {
  const thread: MainThreadWatch = watchMainThread(pid);
  for (let look = 0; look < LOOKS; look++) {
    await pause(LOOK_PAUSE_MS);
    thread.look();
  }
  const resident = Number(/^VmRSS:\s*(\d+) kB$/m.exec(processFiles(pid).text('status'))?.[1] ?? 0) * 1024;
  return {
    process: { pid, runtime: '', script: '', uptimeSeconds: 0 },
    agent: null,
    loop: 'native',
    thread: thread.summary() ?? null,
    memory: { resident, heapUsed: 0, heapTotal: 0, external: 0 },
    running: [],
    awaits: [],
    operators: [],
    resources: [],
    holdings: [],
    missing: [`stacks: ${reason}`],
  };
}

function operatorFacts({ name, kind, state, running, completed, inFlight, unit }: OperatorNow): OperatorFacts {
  return { name, kind, state: STATES[state] ?? String(state), running, completed, inFlight, unit };
}
