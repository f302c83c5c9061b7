import type { JsonObject, JsonValue } from '@streamgauge/proto';
import { durationText } from '../incident/duration-text.ts';
import type { StatusView } from '../status/status-view.ts';

/** What a worker has told of itself, for a person: sections, each value in a line under its name, and what is missing. */
export function statusSectionsText({ takenAt, partial, sections, missing }: StatusView): string {
  const head = takenAt === null ? [] : [`taken ${takenAt} by the worker's clock${partial ? ', PARTIAL' : ''}`];
  return [
    ...head,
    ...Object.entries(sections).flatMap(([name, { version, body }]) => [
      `${name.toUpperCase()} (version ${version})`,
      ...bodyLines(body, '  '),
    ]),
    ...missing.map((reason) => `missing ${reason}`),
    '',
  ].join('\n');
}

/** Whatever the sections of newer workers hold, in the same form. */
function bodyLines(body: JsonObject, indent: string): string[] {
  const entries = Object.entries(body);
  if (entries.length === 0) return [`${indent}nothing`];
  return entries.flatMap(([key, value]) => {
    if (Array.isArray(value) && value.some(isObject))
      return [`${indent}${key} (${value.length})`, ...value.map((item) => `${indent}  ${inLine(item)}`)];
    if (isObject(value)) return [`${indent}${key}`, ...bodyLines(value, `${indent}  `)];
    return [`${indent}${key.padEnd(22)} ${shown(key, value)}`];
  });
}

function inLine(item: JsonValue): string {
  if (!isObject(item)) return shown('', item);
  return Object.entries(item)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key} ${shown(key, value)}`)
    .join(', ');
}

/** A value in the unit that the end of its name tells. */
function shown(key: string, value: JsonValue): string {
  if (typeof value === 'number' && key.endsWith('Ms'))
    return value < 1000 ? `${Math.round(value * 10) / 10} ms` : durationText(value);
  if (typeof value === 'number' && key.endsWith('Bytes')) return bytesText(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return value === '' ? '-' : value;
  if (value === null) return 'none';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((item) => shown('', item)).join(', ');
  return `(${inLine(value)})`;
}

/** Bytes as people read them. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const kibibytes = bytes / 1024;
  return kibibytes < 1024 ? `${kibibytes.toFixed(1)} KiB` : `${(kibibytes / 1024).toFixed(1)} MiB`;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
