import { get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { connectInspector, type MainSession } from '@streamgauge/agent/external';
import { CliError } from '../../errors.ts';
import type { Deadline } from './deadline.ts';
import { noProcess, notPermitted } from './process-files.ts';
import { readSockets, type Socket } from './sockets.ts';
import { isStill, type TargetProcess } from './target-process.ts';

/** The open inspector of another process. */
export interface OpenInspector {
  readonly session: MainSession;
  /** False: it was open before, and stays open. */
  readonly ours: boolean;
  /** Leaves the process as it was. Gives false when the port could not be seen closing. */
  close(): Promise<boolean>;
}

/** Usual are 4 to 26 ms, also while JavaScript blocks the event loop; a native call holds it up until it returns. */
const OPEN_MS = 1000;
const LOOK_EVERY_MS = 5;
const ANSWER_MS = 500;
const CLOSE_MS = 500;
const OLDEST_NODE = 20;

/** Expression of the function that gives a module of the runtime; `require` is there where getBuiltinModule is not. */
export const LOAD_EXPRESSION = "(typeof process.getBuiltinModule === 'function' ? process.getBuiltinModule : require)";

/**
 * Closes the inspector of the process that evaluates it, which also ends the session that asks for it. When the event loop was
 * blocked, the runtime has a second request to open it lying in its queue, and follows it when the loop turns: so it is closed
 * again in each of the next turns.
 */
const CLOSE_EXPRESSION = `(() => {
  const { close } = ${LOAD_EXPRESSION}('node:inspector');
  const { setImmediate } = ${LOAD_EXPRESSION}('node:timers');
  let turns = 3;
  const again = () => { close(); if (--turns > 0) setImmediate(again); };
  setImmediate(again);
  close();
})()`;

/**
 * Opens the inspector of a process, or uses the one that is open already, and makes sure that it is that process which answers.
 * Throws CliError with the reason when it cannot be had; SG_CLI_NO_ANSWER when the process did not react.
 */
export async function openInspector(target: TargetProcess, deadline: Deadline): Promise<OpenInspector> {
  const before = readSockets(target.files);
  const known = await alreadyOpen(target, before, deadline);
  const socket = known ?? (await askToOpen(target, before, deadline));
  const session = await connect(socket, deadline);
  const inspector: OpenInspector = {
    session,
    ours: known === undefined,
    async close() {
      if (known === undefined) await session.evaluate(CLOSE_EXPRESSION, CLOSE_MS).catch(() => undefined);
      session.close();
      return known !== undefined || (await isGone(target, socket));
    },
  };
  try {
    await verify(target, session, deadline);
  } catch (error) {
    await inspector.close();
    throw error;
  }
  return inspector;
}

async function alreadyOpen(
  { pid, inspect }: TargetProcess,
  sockets: readonly Socket[],
  deadline: Deadline,
): Promise<Socket | undefined> {
  const candidates = sockets.filter(
    ({ own, state, port }) => own && state === 'listening' && (port === inspect.port || inspect.fromStart),
  );
  for (const candidate of candidates) {
    if ((await debuggerPath(candidate, deadline)) === undefined) continue;
    if (sockets.some(({ own, state, port }) => own && state === 'connected' && port === candidate.port)) {
      throw new CliError(
        'SG_CLI_INSPECTOR_BUSY',
        `a debugger is connected to process ${pid} (port ${candidate.port}); end its session first.`,
        1,
      );
    }
    return candidate;
  }
  return undefined;
}

async function askToOpen(target: TargetProcess, before: readonly Socket[], deadline: Deadline): Promise<Socket> {
  const { pid, inspect } = target;
  const taken = before.some(({ own, state, port }) => !own && state === 'listening' && port === inspect.port);
  if (taken) {
    throw new CliError(
      'SG_CLI_INSPECTOR_BUSY',
      `process ${pid} would open its inspector on port ${inspect.port}, which another process holds; end that one's inspector, or start workers with --inspect-port=0.`,
      1,
    );
  }
  if (!isStill(target)) throw noProcess(pid);
  try {
    process.kill(pid, 'SIGUSR1');
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EPERM' ? notPermitted(pid) : noProcess(pid);
  }
  const old = new Set(before.map(({ inode }) => inode));
  const rounds = Math.ceil(deadline.left(OPEN_MS) / LOOK_EVERY_MS);
  for (let round = 0; round < rounds && !deadline.over; round++) {
    await pause(LOOK_EVERY_MS);
    for (const socket of readSockets(target.files)) {
      if (!socket.own || socket.state !== 'listening' || old.has(socket.inode)) continue;
      if ((await debuggerPath(socket, deadline)) !== undefined) return socket;
    }
  }
  throw new CliError(
    'SG_CLI_NO_ANSWER',
    `process ${pid} did not open its inspector within ${OPEN_MS} ms: it is inside a native call, or handles SIGUSR1 itself.`,
    1,
  );
}

async function connect(socket: Socket, deadline: Deadline): Promise<MainSession> {
  const path = await debuggerPath(socket, deadline);
  if (path === undefined) throw noAnswer('its inspector does not answer');
  try {
    return await connectInspector(`ws://${socket.host}:${socket.port}/${path}`, deadline.left(ANSWER_MS));
  } catch {
    throw noAnswer('its inspector does not take a connection');
  }
}

/** Nothing is done in a process before it has said who it is. */
async function verify({ pid, innerPid }: TargetProcess, session: MainSession, deadline: Deadline): Promise<void> {
  const answer = await session
    .evaluate<readonly [number, string]>('[process.pid, process.versions.node]', deadline.left(ANSWER_MS))
    .catch(() => undefined);
  if (answer === undefined) throw noAnswer(`process ${pid} has opened its inspector and does not answer`);
  if (answer[0] !== innerPid) throw noAnswer(`another process answers in the place of ${pid}`);
  if (Number.parseInt(answer[1], 10) >= OLDEST_NODE) return;
  throw new CliError(
    'SG_CLI_NOT_NODE',
    `process ${pid} runs Node.js ${answer[1]}; the agent needs ${OLDEST_NODE} or later.`,
    1,
  );
}

/** Path of the debugger's WebSocket; undefined when something else listens there. */
function debuggerPath({ host, port }: Socket, deadline: Deadline): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get(
      { host: host.replace(/^\[|\]$/g, ''), port, path: '/json/list', timeout: deadline.left(ANSWER_MS), agent: false },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
          if (text.length > 65_536) request.destroy();
        });
        answer.on('end', () => resolve(pathIn(text)));
        answer.on('error', () => resolve(undefined));
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
    request.on('close', () => resolve(undefined));
  });
}

function pathIn(text: string): string | undefined {
  try {
    const [first] = JSON.parse(text) as readonly { readonly type?: unknown; readonly id?: unknown }[];
    return first?.type === 'node' && typeof first.id === 'string' && /^[\w-]+$/.test(first.id) ? first.id : undefined;
  } catch {
    return undefined;
  }
}

async function isGone(target: TargetProcess, { inode }: Socket): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < CLOSE_MS; waitedMs += LOOK_EVERY_MS) {
    try {
      if (!readSockets(target.files).some((socket) => socket.own && socket.inode === inode)) return true;
    } catch {
      // The process has ended.
      return true;
    }
    await pause(LOOK_EVERY_MS);
  }
  return false;
}

function noAnswer(what: string): CliError {
  return new CliError('SG_CLI_NO_ANSWER', `${what}; try again.`, 1);
}
