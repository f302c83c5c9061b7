import { isIP } from 'node:net';
import type { z } from 'zod';
import { MonitorError, monitorErrorCodes } from '../errors.ts';
import { nearestKey } from './nearest-key.ts';
import { configSchema, knownKeys, mends, nestedKnownKeys, plannedKeys } from './schema.ts';
import type { MonitorConfig, MonitorConfigInput } from './settings.ts';

/**
 * Checks settings, fills in the defaults and freezes the result. A complete configuration passes unchanged.
 *
 * @param labels where each setting came from, for the message; a setting without one is named as it is
 * @param earlier faults that were found before, told in the same message
 * @throws MonitorError SG_MONITOR_CONFIG_INVALID with every fault in one message
 */
export function resolveConfig(
  input: MonitorConfigInput | MonitorConfig,
  labels: ReadonlyMap<string, string> = new Map(),
  earlier: readonly string[] = [],
): MonitorConfig {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalid([...earlier, `${shown(input)} does not hold settings; give one object`]);
  }
  const parsed = configSchema.safeParse(withoutUndefined(input));
  const issues = parsed.error?.issues.flatMap((issue) => describeIssue(issue, input as object, labels)) ?? [];
  const faults = [...earlier, ...issues, ...describeOpenHost(input, labels, earlier)];
  if (!parsed.success || faults.length > 0) throw invalid(faults);
  const settings = parsed.data;
  const checkIntervalMs = settings.checkIntervalMs ?? Math.min(1000, Math.floor(settings.stallAfterMs / 10));
  return deepFreeze({
    ...settings,
    checkIntervalMs,
    resolveAfterMs: settings.resolveAfterMs ?? 2 * checkIntervalMs,
  });
}

/** Whether an address can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (bare === 'localhost' || bare === '::1') return true;
  return isIP(bare) === 4 && bare.startsWith('127.');
}

/** One error out of several faults; each fault is a sentence without its full stop. */
export function invalid(faults: readonly string[]): MonitorError {
  const [only] = faults;
  const message =
    faults.length === 1
      ? `The configuration has a fault: ${only}.`
      : `The configuration has ${faults.length} faults: ${faults.map((fault, index) => `(${index + 1}) ${fault}`).join('; ')}.`;
  // Names of settings that are none come from a file, and may hold anything.
  return new MonitorError(monitorErrorCodes.configInvalid, message.replace(/\p{Cc}/gu, '\ufffd'));
}

function describeOpenHost(
  { host, token, tokenFile, tokens }: MonitorConfigInput,
  labels: ReadonlyMap<string, string>,
  earlier: readonly string[],
): string[] {
  if (typeof host !== 'string' || isLoopback(host) || token !== undefined) return [];
  // A token file that could not be read has left a fault; one that nobody has read yet will be when the monitor starts.
  if ((Array.isArray(tokens) && tokens.length > 0) || (tokenFile !== undefined && earlier.length === 0)) return [];
  return [
    `${nameOf('host', labels)}: ${shown(host)} can be reached from other machines and no token is set; set ` +
      'STREAMGAUGE_TOKEN, STREAMGAUGE_TOKEN_FILE or tokens, or bind 127.0.0.1',
  ];
}

function describeIssue(issue: z.core.$ZodIssue, input: object, labels: ReadonlyMap<string, string>): string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const siblings = path.length === 0 ? knownKeys : nestedKeys(path);
    const known = `known are ${siblings.join(', ')}`;
    let listed = false;
    return issue.keys.map((key) => {
      const name = nameOf([...path, key].join('.'), labels);
      const nearest = nearestKey(key, siblings);
      if (nearest !== undefined) return `${name}: there is no such setting; did you mean ${nearest}?`;
      const planned = path.length === 0 && plannedKeys.includes(key);
      const hint = listed ? 'known are those named before' : known;
      listed = true;
      return `${name}: ${planned ? 'this version has no such setting yet' : 'there is no such setting'}; ${hint}`;
    });
  }
  const top = path[0] ?? '';
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], input);
  const got = top === 'token' || top === 'tokens' ? 'this value' : shown(value);
  const fault = value === undefined ? 'it is missing' : `${got} does not fit`;
  return [`${nameOf(path.join('.'), labels)}: ${fault}; ${mends[top] ?? issue.message}`];
}

function nestedKeys(path: readonly string[]): readonly string[] {
  return nestedKnownKeys[path[0] ?? ''] ?? [];
}

function nameOf(key: string, labels: ReadonlyMap<string, string>): string {
  const label = labels.get(key) ?? labels.get(key.split('.')[0] ?? '');
  return label === undefined ? key : `${key} (${label})`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'function' ? 'a function' : inner));
  return text === undefined ? 'nothing' : text.slice(0, 80);
}

function withoutUndefined(input: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

const pluginKeys: ReadonlySet<string> = new Set(['listeners', 'classifiers', 'failureClassifiers']);

/** Plain data is frozen all the way down; plugins are left as they came, because they may keep state. */
function deepFreeze<T extends object>(value: T): T {
  for (const [key, inner] of Object.entries(value)) {
    if (pluginKeys.has(key)) Object.freeze(inner);
    else if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  }
  return Object.freeze(value);
}
