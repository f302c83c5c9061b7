/**
 * How soon `streamgauge attach` and `streamgauge dump` answer for an unmodified program that spins, and for one that hangs in an
 * await, on every Node.js. Start of the command included.
 *
 * usage: node answers.ts [--json] [--runs N]
 * Ends with 1 when an answer took longer than is promised, or was none.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { nodeBinary, type OTHER_NODE_VERSIONS } from '../support/peers.ts';
import { describeEnvironment, printFigure, spreadOf } from './figures.ts';

const { values: options } = parseArgs({
  options: { json: { type: 'boolean', default: false }, runs: { type: 'string', default: '5' } },
});
const json = options.json === true;

/** What the commands promise. */
const PROMISED_MS = 3000;
/** The program hangs or spins by then. */
const FAULT_AFTER_MS = 2500;
const PINNED = Number.parseInt(process.versions.node, 10);
const CLI = path('../../dist/cli/main.js');
const TARGETS = {
  spins: [path('../e2e/programs/blocked.mjs'), 'sync-loop', '600000'],
  'hangs in an await': [path('../e2e/programs/stuck.mjs'), 'await', '600000'],
};

let worstMs = 0;
for (const major of [20, 22, 24, 26]) {
  const node = major === PINNED ? process.execPath : await binaryOf(major);
  if (node === undefined) continue;
  for (const [fault, program] of Object.entries(TARGETS)) {
    for (const command of ['attach', 'dump']) {
      const times: number[] = [];
      for (let run = 0; run < Number(options.runs); run++) times.push(await answer(node, program, command));
      const spread = spreadOf(times);
      worstMs = Math.max(worstMs, spread.max);
      const name = `${command} when it ${fault}`;
      printFigure({ name, ...spread, unit: 'ms', peer: `node ${major}` }, json);
    }
  }
}
printFigure({ name: 'environment', ...describeEnvironment() }, json);
process.exitCode = worstMs > PROMISED_MS ? 1 : 0;

/** From the start of the command to its end, with an answer. */
async function answer(node: string, program: readonly string[], command: string): Promise<number> {
  const target: ChildProcess = spawn(node, ['--inspect-port=127.0.0.1:0', ...program], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  try {
    await new Promise((resolve) => setTimeout(resolve, FAULT_AFTER_MS));
    const startMs = performance.now();
    const { status, stderr } = spawnSync(node, [CLI, command, String(target.pid)], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command} failed under ${node} (exit code ${status}): ${stderr}`);
    return performance.now() - startMs;
  } finally {
    target.kill('SIGKILL');
    await once(target, 'exit');
  }
}

async function binaryOf(major: number): Promise<string | undefined> {
  const { path: binary, reason } = await nodeBinary(major as keyof typeof OTHER_NODE_VERSIONS);
  if (binary === undefined) console.error(`Node.js ${major} is left out: ${reason}`);
  return binary;
}

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
