import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { styleText } from 'node:util';
import type { Incident } from '@streamgauge/monitor';
import { printable } from './printable.ts';

/** A file too large to be source code is not read to show a line of it. */
const SOURCE_AT_MOST_CHARACTERS = 4_000_000;
const STACK_AT_MOST_FRAMES = 6;
const LABEL_WIDTH = 10;

type Style = Parameters<typeof styleText>[0];
/** Gives text in a style, or as it is where there are no colours. */
export type Paint = (style: Style, text: string) => string;

type Location = NonNullable<Incident['evidence']['location']>;

/** An incident for a person: who holds the stream, where, why, and who waits. Lines without their ends. */
export function incidentCard(incident: Incident, paint: Paint): readonly string[] {
  const { location, samples } = incident.evidence;
  const lines = [
    `${paint(['bold', 'red'], 'INCIDENT')}  ${incident.type}  ${paint('bold', `${incident.category} / ${incident.mechanism}`)}`,
    `  ${printable(incident.summary)}`,
    field(
      'operator',
      `${paint('bold', printable(incident.operator || 'unknown'))}  (worker ${printable(incident.worker)})`,
    ),
  ];
  if (location !== null) {
    lines.push(field('at', `${paint('cyan', place(location))}  ${printable(location.function)}`));
    const source = sourceLine(location);
    if (source !== undefined) lines.push(field('', paint('yellow', source)));
  }
  // The agent's own frames are part of the truth, not of the answer.
  const frames = (samples[0]?.frames ?? []).filter((frame) => frame.origin !== 'agent');
  for (const [index, frame] of frames.slice(0, STACK_AT_MOST_FRAMES).entries()) {
    lines.push(
      field(index === 0 ? 'stack' : '', `${printable(frame.function) || '(anonymous)'}  ${paint('dim', place(frame))}`),
    );
  }
  if (incident.victims.length > 0) {
    lines.push(field('waiting', incident.victims.map((victim) => printable(victim.operator)).join(', ')));
  }
  if (incident.help !== '') lines.push(field('next', printable(incident.help)));
  return lines;
}

/** The end of an incident, in one line. */
export function resolutionLine(incident: Incident, paint: Paint): string {
  const seconds = (Date.parse(incident.resolvedAt ?? '') - Date.parse(incident.lastProgressAt)) / 1000;
  const lasted = Number.isFinite(seconds) ? ` after a standstill of ${seconds.toFixed(1)} s` : '';
  return `${paint(['bold', 'green'], 'RESOLVED')}  ${printable(incident.operator)} moves again${lasted}.`;
}

function field(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${text}`;
}

function place({ file, line, column }: Location): string {
  if (file === '') return '(native)';
  const near = relative(process.cwd(), file);
  const shown = file.startsWith('/') && !near.startsWith('..') ? near : file;
  return `${printable(shown)}:${line}:${column}`;
}

/** The text of that line, when the file is on this machine. */
function sourceLine({ file, line }: Location): string | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.length > SOURCE_AT_MOST_CHARACTERS) return undefined;
    const source = text.split('\n')[line - 1]?.trim();
    return source === undefined || source === '' ? undefined : printable(source.slice(0, 120));
  } catch {
    return undefined;
  }
}
