import type { PlainFrame, PlainStack } from '@streamgauge/agent/external';
import { printable } from '../../demo/printable.ts';
import { threadSentence } from '../target/main-thread.ts';
import type { Dump, LoopState, MemoryFacts, OperatorFacts } from './dump.ts';

/** What is shown to people; `--json` has all of it. */
const MAX_STACKS = 20;
const MAX_FRAMES = 15;
const MAX_LINES = 100;

const LOOPS: Readonly<Record<LoopState, string>> = {
  turning: 'turning',
  blocked: 'blocked by JavaScript',
  native: 'blocked inside a native call',
  unknown: 'not known',
};

/** A dump for people: one fact per line, nothing in it that a terminal would take for an instruction. */
export function dumpText(dump: Dump): string {
  const lines = [
    ...headLines(dump),
    `event loop: ${LOOPS[dump.loop]}`,
    // Of a loop that turns it would tell what the question itself has cost.
    ...(dump.thread === null || dump.loop === 'turning' ? [] : [`main thread: ${threadSentence(dump.thread)}`]),
    ...(dump.memory === null ? [] : [memoryLine(dump.memory)]),
    ...stackLines('running now', dump.running),
    ...stackLines('waiting', dump.awaits),
    ...section('operators', dump.operators.map(operatorLine)),
    ...section('resources', dump.resources),
    ...section('connections and pools', dump.holdings),
    ...dump.missing.map((reason) => `missing: ${reason}`),
  ];
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function headLines({ process: facts, agent }: Dump): string[] {
  const who = agent === null ? undefined : `worker ${JSON.stringify(agent.worker)} of job ${JSON.stringify(agent.job)}`;
  if (facts === null) return [who ?? 'worker'];
  const runtime =
    facts.runtime === '' ? '' : `: Node.js ${facts.runtime}, ${facts.script}, up ${facts.uptimeSeconds} s`;
  return [`process ${facts.pid}${runtime}`, `agent: ${who ?? 'none'}`];
}

function memoryLine({ resident, heapUsed, heapTotal, external }: MemoryFacts): string {
  const heap =
    heapTotal === 0 ? '' : `heap ${megabytes(heapUsed)} of ${megabytes(heapTotal)}, external ${megabytes(external)}, `;
  return `memory: ${heap}resident ${megabytes(resident)}`;
}

function stackLines(title: string, stacks: readonly PlainStack[]): string[] {
  if (stacks.length === 0) return [];
  return [`${title}:`, ...stacks.slice(0, MAX_STACKS).flatMap(stackBlock), ...more(stacks.length - MAX_STACKS, '  ')];
}

function stackBlock({ count, frames }: PlainStack): string[] {
  const shown = frames.slice(0, MAX_FRAMES).map((frame) => `      at ${frameText(frame)}`);
  return [`  ${count} x`, ...shown, ...more(frames.length - MAX_FRAMES, '      ')];
}

function section(title: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  return [
    `${title}:`,
    ...items.slice(0, MAX_LINES).map((item) => `  ${item}`),
    ...more(items.length - MAX_LINES, '  '),
  ];
}

function more(count: number, indent: string): string[] {
  return count > 0 ? [`${indent}and ${count} more`] : [];
}

function frameText({ function: name, file, line, column }: PlainFrame): string {
  const place = [file || 'native code', ...[line, column].filter((number) => number > 0)].join(':');
  return `${name || '(anonymous)'} (${place})`;
}

function operatorLine({ name, kind, state, running, completed, inFlight, unit }: OperatorFacts): string {
  const now = running ? `${state}, running now` : state;
  return `${name} (${kind}): ${now}, ${completed} ${unit} completed, ${inFlight} in flight`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`;
}
