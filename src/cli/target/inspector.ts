import { get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { connectInspector, type MainSession } from '@streamgauge/agent/external';
import { CliError } from '../../errors.ts';
import { closeLater } from './close-later.ts';
import type { Deadline } from './deadline.ts';
import { type MainThreadState, waitsForEvents, watchMainThread } from './main-thread.ts';
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

const LOOK_EVERY_MS = 5;
/**
 * Looks for an inspector that was asked to open: a second or two where nobody else wants the processors. Usual are 4 to 26 ms, also while
 * JavaScript blocks the event loop; a native call holds it up until it returns. Not a time: where this process hardly gets to look, the
 * other one hardly gets to open it.
 */
const OPEN_LOOKS = 150;
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
 * Throws CliError with the reason when it cannot be had.
 */
export async function openInspector(target: TargetProcess, deadline: Deadline): Promise<OpenInspector> {
  const before = readSockets(target.files);
  const open = await alreadyOpen(target, before, deadline);
  const known = new Set(before.map(({ inode }) => inode));
  const socket = open ?? (await askToOpen(target, before, known, deadline));
  let session: MainSession | undefined;
  const close = async (): Promise<boolean> => {
    if (open !== undefined) session?.close();
    if (open !== undefined || (await closeThrough(session, target, socket))) return true;
    closeLater(target, known);
    return false;
  };
  try {
    session = await connect(socket, deadline);
    await verify(target, session, deadline);
    return { session, ours: open === undefined, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The inspector of a process among its listening sockets; undefined when there is none but the known ones. */
export async function findInspector(
  { files }: TargetProcess,
  known: ReadonlySet<string>,
  deadline: Deadline,
): Promise<Socket | undefined> {
  for (const socket of readSockets(files)) {
    if (!socket.own || socket.state !== 'listening' || known.has(socket.inode)) continue;
    if ((await debuggerPath(socket, deadline)) !== undefined) return socket;
  }
  return undefined;
}

/** Closes an inspector that was found open; false when that could not be seen. Throws CliError as openInspector does. */
export async function closeFoundInspector(target: TargetProcess, socket: Socket, deadline: Deadline): Promise<boolean> {
  const session = await connect(socket, deadline);
  try {
    await verify(target, session, deadline);
  } catch (error) {
    session.close();
    throw error;
  }
  return closeThrough(session, target, socket);
}

async function closeThrough(session: MainSession | undefined, target: TargetProcess, socket: Socket): Promise<boolean> {
  // No answer comes: the session ends with its inspector.
  await session?.evaluate(CLOSE_EXPRESSION, CLOSE_MS).catch(() => undefined);
  session?.close();
  return isGone(target, socket);
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

async function askToOpen(
  target: TargetProcess,
  before: readonly Socket[],
  known: ReadonlySet<string>,
  deadline: Deadline,
): Promise<Socket> {
  const { pid, inspect } = target;
  if (before.some(({ own, state, port }) => !own && state === 'listening' && port === inspect.port)) {
    throw new CliError(
      'SG_CLI_INSPECTOR_BUSY',
      `process ${pid} would open its inspector on port ${inspect.port}, which another process holds; end that one's inspector, or start workers with --inspect-port=0.`,
      1,
    );
  }
  if (!isStill(target)) throw noProcess(pid);
  const thread = watchMainThread(pid);
  try {
    process.kill(pid, 'SIGUSR1');
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EPERM' ? notPermitted(pid) : noProcess(pid);
  }
  for (let look = 0; look < OPEN_LOOKS && !deadline.over; look++) {
    await pause(LOOK_EVERY_MS);
    thread.look();
    const socket = await findInspector(target, known, deadline);
    if (socket !== undefined) return socket;
  }
  throw unanswered(target, known, thread.summary());
}

/** Why no inspector has opened. Where it will open later, it is closed then. */
function unanswered(target: TargetProcess, known: ReadonlySet<string>, thread: MainThreadState | undefined): CliError {
  const { pid } = target;
  // A program that waits for a child process by execSync waits for events as well, and does not answer.
  if (thread !== undefined && waitsForEvents(thread) && target.files.children() === 0) {
    return new CliError(
      'SG_CLI_FORBIDDEN',
      `process ${pid} handles SIGUSR1 itself, so its inspector stays closed; start it with --import @streamgauge/agent/register instead.`,
      1,
    );
  }
  closeLater(target, known);
  return new CliError(
    'SG_CLI_NO_ANSWER',
    `process ${pid} does not open its inspector: it is inside a native call and will when that returns, or it handles SIGUSR1 itself.`,
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

/**
 * The answer looks like JSON, but is none when the title of the process holds quotes or control characters. The id comes before
 * the title in it, so nothing that a process is named can stand in its place.
 */
function pathIn(text: string): string | undefined {
  return text.includes('"node.js instance"') ? /"id": "([\w-]+)"/.exec(text)?.[1] : undefined;
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

/** The process was asked and says nothing. */
export function noAnswer(what: string): CliError {
  return new CliError('SG_CLI_NO_ANSWER', `${what}; try again.`, 1);
}
