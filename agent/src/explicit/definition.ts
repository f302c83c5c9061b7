import { LIMITS } from '@streamgauge/proto/limits';
import { AgentError, AgentErrorCode } from '../errors.ts';
import { presentableName } from '../operator/unique-names.ts';
import type { Channel, SourceLocation } from '../thread/messages.ts';
import type { ChannelName, OperatorDefinition, OperatorHandle } from './handles.ts';

// biome-ignore lint/suspicious/noExplicitAny: any function of the user's
export type AnyFunction = (...args: any[]) => unknown;

/** A definition that can be used. */
export interface CheckedDefinition {
  readonly name: string;
  readonly kind: 'source' | 'transform' | 'sink';
  readonly handler: AnyFunction | undefined;
  readonly pending: (() => number | undefined) | undefined;
  readonly location: SourceLocation | undefined;
  /** Empty: not told. Absent in older copies of this package. */
  readonly job?: string;
}

const KINDS = ['source', 'transform', 'sink'] as const;

/** Throws AgentError OPERATOR with one sentence per fault. */
export function checkDefinition(name: string, definition: OperatorDefinition): CheckedDefinition {
  const { kind = 'transform', handler, pending, location, job } = definition;
  const faults: string[] = jobFaults(job);
  if (typeof name !== 'string' || name.trim() === '') faults.push('name has to be a text that is not empty.');
  if (!KINDS.includes(kind)) faults.push(`kind has to be one of ${KINDS.join(', ')}.`);
  if (handler !== undefined && typeof handler !== 'function') faults.push('handler has to be a function.');
  if (pending !== undefined && typeof pending !== 'function') {
    faults.push('pending has to be a function that gives a number or undefined.');
  }
  if (location !== undefined && (typeof location?.file !== 'string' || !Number.isInteger(location.line))) {
    faults.push('location has to have a file and a line.');
  }
  refuse(`The operator ${text(name)}`, faults);
  return {
    name,
    kind,
    handler,
    pending,
    location: location && {
      function: location.function ?? '',
      file: location.file,
      line: location.line,
      column: location.column ?? 0,
    },
    job: job === undefined ? '' : presentableName(job),
  };
}

/** Throws AgentError OPERATOR for options of `operator()` that cannot be used. */
export function checkFunctionOptions(name: string, options: { readonly key?: unknown; readonly job?: unknown }): void {
  const { key, job } = options ?? {};
  const faults = jobFaults(job);
  if (key !== undefined && typeof key !== 'function')
    faults.push('key has to be a function of the arguments of a call.');
  refuse(`The operator ${text(name)}`, faults);
}

/** Throws AgentError OPERATOR for a job, or something that is to belong to it, that cannot be used; gives the name as it is told. */
export function checkJob(job: string, target: unknown): string {
  const faults = job === undefined ? ['job has to be a text that is not empty.'] : jobFaults(job);
  const isObject = (typeof target === 'object' && target !== null) || typeof target === 'function';
  if (!isObject) faults.push('what belongs to it has to be a stream, or a client of a message broker.');
  refuse(`The job ${text(job)}`, faults);
  return presentableName(job);
}

function jobFaults(job: unknown): string[] {
  const usable = job === undefined || (typeof job === 'string' && job.trim() !== '');
  return usable ? [] : ['job has to be a text that is not empty.'];
}

/** Throws AgentError OPERATOR for a channel that has no name. */
export function checkChannel({ system, channel, partition = '' }: ChannelName): Channel {
  const faults: string[] = [];
  if (typeof system !== 'string' || system === '') faults.push('system has to be a text that is not empty.');
  if (typeof channel !== 'string' || channel === '') faults.push('channel has to be a text that is not empty.');
  refuse('The channel', faults);
  return { system, name: channel, partition: text(partition) };
}

/** Throws AgentError OPERATOR for what is no operator. */
export function checkTarget(target: OperatorHandle): void {
  const isOperator = typeof target === 'object' && target !== null && typeof target.feeds === 'function';
  refuse('The target of feeds', isOperator ? [] : ['it has to be what defineOperator gives.']);
}

/** What the user hands in as text, or what can be shown of it. Never throws. */
export function text(value: unknown): string {
  try {
    const shown = value instanceof Error ? `${value.name}: ${value.message}` : String(value ?? '');
    return shown.slice(0, LIMITS.SENTENCE_CHARACTERS);
  } catch {
    return 'a value that cannot be shown';
  }
}

function refuse(what: string, faults: readonly string[]): void {
  if (faults.length === 0) return;
  throw new AgentError(AgentErrorCode.OPERATOR, `${what} cannot be used: ${faults.join(' ')}`, faults);
}
