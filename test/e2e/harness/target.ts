import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processFiles } from '../../../src/cli/target/process-files.ts';
import { readSockets } from '../../../src/cli/target/sockets.ts';
import { whenFinished } from '../../support/test-end.ts';
import { startBuiltCli } from './cli.ts';
import { type Launched, launch } from './launch.ts';
import { program } from './paths.ts';

/** Both the process that is looked into and the command that looks run under this one. */
export const NODE: string = process.env.TEST_NODE ?? process.execPath;
export const NODE_MAJOR: number = Number(/node-(\d+)\./.exec(NODE)?.[1] ?? process.versions.node.split('.')[0]);

/** Whether that is the one that runs the tests: what does not hang on the Node.js is looked at under this one only. */
export const OWN_NODE: boolean = NODE === process.execPath;
if (!OWN_NODE) console.warn('skipped: what does not hang on the Node.js, because once is enough');

/** Starts a program without the agent, its inspector closed and on a port of its own; inside a test only. */
export function startTarget(
  name: string,
  programArguments: readonly string[] = [],
  options: { readonly nodeArguments?: readonly string[]; readonly env?: NodeJS.ProcessEnv } = {},
): Launched {
  const { nodeArguments = ['--inspect-port=127.0.0.1:0'], env = {} } = options;
  return launch(NODE, [...nodeArguments, program(name), ...programArguments], { env, stdin: 'pipe' });
}

/** A file that is not there until `open` is called: what waits for it does so however busy the machine is. */
export function gate(): { readonly path: string; open(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-gate-'));
  whenFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'open');
  return { path, open: () => writeFileSync(path, '') };
}

/** Runs the built command line to its end; inside a test only. */
export async function runTool(...commandArguments: readonly string[]): Promise<{
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}> {
  const startMs = performance.now();
  const cli = startBuiltCli(NODE, commandArguments);
  const { code } = await cli.ended;
  return { code, stdout: cli.stdout(), stderr: cli.stderr(), tookMs: performance.now() - startMs };
}

/** Ports on which the process waits for connections. */
export function listeningPorts(pid: number): number[] {
  return readSockets(processFiles(pid))
    .filter(({ own, state }) => own && state === 'listening')
    .map(({ port }) => port);
}

/** What a process has written to stderr by itself: the runtime tells when its inspector opens, and when somebody connects. */
export function ownErrors(stderr: string): string {
  return stderr.replace(/^(?:Debugger (?:listening on|attached)|For help, see|Debugger ending).*\n/gm, '');
}
