import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { type LinkedStreams, linkExistingStreams, type MainSession, NoAnswerError } from '@streamgauge/agent/external';
import { printable } from '../demo/printable.ts';
import { CliError } from '../errors.ts';
import { workerUrl } from './monitor-url.ts';
import { createDeadline, type Deadline } from './target/deadline.ts';
import { LOAD_EXPRESSION, type OpenInspector } from './target/inspector.ts';
import type { TargetProcess } from './target/target-process.ts';
import { withInspector } from './target/with-inspector.ts';
import { tlsFiles } from './tls-files.ts';
import { readToken } from './token.ts';

/** Options of `streamgauge attach`. */
export interface AttachOptions {
  readonly job?: string;
  readonly worker?: string;
  readonly monitor?: string;
  readonly tokenFile?: string;
  /** Folder of @streamgauge/agent as the process sees it. */
  readonly agent?: string;
}

/** The whole of it. Usual is less than half a second; a machine that is short of processors may take its time. */
const LIMIT_MS = 10_000;
const LOAD_MS = 4000;
const LINK_MS = 4000;
const RUNNING_EXPRESSION = "globalThis[Symbol.for('streamgauge.agent.running')]";

interface Attachment {
  readonly state: 'attached' | 'already' | 'refused';
  readonly job: string;
  readonly worker: string;
  readonly reason: string;
}

/** Puts the agent into a running process; gives the exit code. Throws CliError with the reason when it cannot be done. */
export async function runAttach(pid: number, options: AttachOptions): Promise<number> {
  const settings = settingsFor(options);
  const deadline = createDeadline(LIMIT_MS);
  const { attachment, linked, closed } = await withInspector(pid, deadline, async (target, inspector) => {
    const made = await inject(target, inspector, bridgePath(target, options.agent), settings, deadline);
    return { attachment: made, linked: await linkStreams(inspector, deadline) };
  });
  const { job, worker } = attachment;
  const lines = [
    `attached to process ${pid} as worker ${JSON.stringify(worker)} of job ${JSON.stringify(job)}`,
    'missing' in linked ? linked.missing : `streams: ${linked.pipes} pipes that were there before are followed`,
    ...(closed ? [] : ['its inspector is still open: it closes as soon as its event loop turns']),
    `take it out again with: streamgauge detach ${pid}`,
  ];
  process.stdout.write(lines.map((line) => `${printable(line)}\n`).join(''));
  return 0;
}

/** Takes the agent out of a process; gives the exit code. Throws CliError with the reason when it cannot be done. */
export async function runDetach(pid: number): Promise<number> {
  const expression = `(() => {
    const agent = ${RUNNING_EXPRESSION};
    if (agent === undefined || !agent.running) return null;
    agent.stop();
    return [agent.job, agent.worker];
  })()`;
  const { names } = await withInspector(pid, createDeadline(LIMIT_MS), async (_target, { session }) => ({
    names: await session.evaluate<readonly [string, string] | null>(expression, LOAD_MS),
  }));
  if (names === null) throw new CliError('SG_CLI_NOT_ATTACHED', `process ${pid} has no agent.`, 1);
  const [job, worker] = names.map((name) => JSON.stringify(name));
  process.stdout.write(
    printable(`detached from process ${pid}, which was worker ${worker} of job ${job}`).concat('\n'),
  );
  return 0;
}

async function inject(
  { pid }: TargetProcess,
  { session }: OpenInspector,
  path: string,
  settings: object,
  deadline: Deadline,
): Promise<Attachment> {
  const file = JSON.stringify(path);
  const expression = `${LOAD_EXPRESSION}('node:module').createRequire(${file})(${file}).attach(${JSON.stringify(settings)})`;
  const attachment = await load(session, expression, deadline).catch((error: unknown) => {
    throw new CliError('SG_CLI_AGENT', `the agent could not be loaded into process ${pid}: ${firstLine(error)}.`, 1);
  });
  if (attachment.state === 'attached') return attachment;
  if (attachment.state === 'already') {
    const names = `worker ${JSON.stringify(attachment.worker)} of job ${JSON.stringify(attachment.job)}`;
    throw new CliError('SG_CLI_ATTACHED', `process ${pid} has the agent already, as ${printable(names)}.`, 1);
  }
  const reason = printable(attachment.reason).replace(/\.$/, '');
  throw new CliError('SG_CLI_AGENT', `the agent did not start in process ${pid}: ${reason}.`, 1);
}

/** Loads the agent. A Node.js that cannot require ES modules imports it, which its event loop has to turn for. */
async function load(session: MainSession, expression: string, deadline: Deadline): Promise<Attachment> {
  const atOnce = await session.evaluate<boolean>('process.features.require_module === true', deadline.left(LOAD_MS));
  if (atOnce) return session.evaluate<Attachment>(expression, deadline.left(LOAD_MS));
  const parameters = { expression, awaitPromise: true, returnByValue: true, silent: true, includeCommandLineAPI: true };
  try {
    const answer = await session.post<{ result: { value?: Attachment } }>(
      'Runtime.evaluate',
      parameters,
      deadline.left(LOAD_MS),
    );
    if (answer.result.value?.state !== undefined) return answer.result.value;
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
  }
  throw new Error('its Node.js loads it only when its event loop turns; look later whether it has come');
}

async function linkStreams({ session }: OpenInspector, deadline: Deadline): Promise<LinkedStreams> {
  try {
    return await linkExistingStreams(session, deadline.left(LINK_MS));
  } catch (error) {
    return { missing: `only new streams are followed: ${firstLine(error)}` };
  }
}

function settingsFor(options: AttachOptions): object {
  return {
    ...(options.job === undefined ? {} : { job: options.job }),
    ...(options.worker === undefined ? {} : { worker: options.worker }),
    ...(options.monitor === undefined ? {} : { monitorUrl: workerUrl(options.monitor) }),
    // The token itself and not its file: that one may not be there for the other process.
    ...(options.tokenFile === undefined ? {} : { token: readToken(options.tokenFile) }),
    // Which the process finds under the same paths.
    ...Object.fromEntries(tlsFiles().map(({ setting, path }) => [setting, resolve(path)])),
  };
}

/** The file that the process has to load, as the process sees it. */
function bridgePath({ pid }: TargetProcess, folder: string | undefined): string {
  const path =
    folder === undefined
      ? createRequire(import.meta.url).resolve('@streamgauge/agent/bridge')
      : resolve(folder, 'dist/bridge.cjs');
  if (existsSync(`/proc/${pid}/root${path}`) || !existsSync('/proc/self/root')) return path;
  throw new CliError(
    'SG_CLI_AGENT',
    `process ${pid} sees no ${JSON.stringify(path)}; install @streamgauge/agent where it runs and name that folder with --agent.`,
    1,
  );
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return printable(text.split('\n', 1)[0] ?? '').replace(/\.$/, '');
}
