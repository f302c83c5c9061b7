import { type Exit, type Launched, launch } from './launch.ts';
import { CLI_BUILT, ROOT } from './paths.ts';

/** Starts the command line as it is published, which starts in less time, under this Node.js; must be called inside a test. */
export function startCli(commandArguments: readonly string[], options: Parameters<typeof launch>[2] = {}): Launched {
  return startBuiltCli(process.execPath, commandArguments, options);
}

/** Starts the built command line under any Node.js binary; must be called inside a test. */
export function startBuiltCli(
  node: string,
  commandArguments: readonly string[],
  options: Parameters<typeof launch>[2] = {},
): Launched {
  return launch(node, [CLI_BUILT, ...commandArguments], { cwd: ROOT, ...options });
}

/** Runs the command line to its end. */
export async function runCli(
  commandArguments: readonly string[],
  options: Parameters<typeof launch>[2] = {},
): Promise<Exit & { readonly stdout: string; readonly stderr: string }> {
  const cli = startCli(commandArguments, options);
  const exit = await cli.ended;
  return { ...exit, stdout: cli.stdout(), stderr: cli.stderr() };
}

/** The objects of a `--json` output, one per line; a line that is none fails the test. */
export function jsonLines(stdout: string): readonly Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
