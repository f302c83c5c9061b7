import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { end, said } from '../../stalls/run-case.ts';
import type { StallCase } from '../../stalls/truth.ts';
import { judge, type Report, type Verdict } from './judge.ts';
import type { Surroundings, Tool } from './tools.ts';

/** A person who sees that nothing moves asks about now. */
const ASKED_AFTER_MS = 3000;

export interface Observation extends Verdict {
  readonly stallCase: StallCase;
  readonly tool: Tool;
  readonly reports: readonly Report[];
}

/** Runs one program with one tool, and judges what it says; undefined when the program has not come to its fault. */
export async function observe(
  stallCase: StallCase,
  tool: Tool,
  surroundings: Surroundings,
  env: NodeJS.ProcessEnv,
): Promise<Observation | undefined> {
  const { program, truth } = stallCase;
  const attachment = await tool.attach(stallCase, surroundings);
  const child = spawn(process.execPath, [...(truth.node ?? []), ...attachment.args, program], {
    cwd: fileURLToPath(new URL('../../stalls/', import.meta.url)),
    env: { ...env, ...attachment.env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const reports: Report[] = [];
  const keep = (report: Omit<Report, 'atMs'>): unknown => reports.push({ atMs: Date.now(), ...report });
  const [, , errorOutput, sayings] = child.stdio as unknown as readonly [null, Readable, Readable, Readable];
  for (const stream of [errorOutput, sayings]) stream.on('error', () => {});
  errorOutput.on('data', (chunk) => tool.saysOnError === true && keep({ text: chunk.toString() }));
  createInterface({ input: sayings }).on('line', (line) => keep(JSON.parse(line)));
  try {
    const faultAtMs = await said(child, 'fault');
    if (faultAtMs === undefined) return undefined;
    child.stdout?.resume();
    await attachment.faultSeen?.(child.pid as number);
    await sleep(faultAtMs + ASKED_AFTER_MS - Date.now());
    if (tool.askedBy !== undefined) ask(child, tool.askedBy);
    await sleep(faultAtMs + tool.waitMs - Date.now());
    reports.push(...((await attachment.reports?.()) ?? []));
    return { stallCase, tool, reports, ...judge(stallCase, reports, faultAtMs) };
  } finally {
    end(child);
    await attachment.close?.();
  }
}

function ask(child: ChildProcess, signal: NodeJS.Signals): void {
  // A program that has ended cannot be asked.
  child.kill(signal);
}
