import { accessSync, constants, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
// Not the whole protocol: its codecs would be loaded into the main thread of the worker, where nothing needs them.
import { LIMITS } from '@streamgauge/proto/limits';
import { DEFAULT_PORT, WORKER_PATH } from '@streamgauge/proto/wire';
import { COMMANDS, type CommandName } from './command/command-names.ts';
import { AgentError, AgentErrorCode } from './errors.ts';
import { FEATURES, type Feature } from './features.ts';
import { isPlain } from './identity-text.ts';
import { LOG_LEVELS, type LogLevel } from './log.ts';

/** Longest delay that the timers of the runtime keep. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const DEFAULT_ADDRESS = `ws://127.0.0.1:${DEFAULT_PORT}`;

/** What `startAgent` takes. Whatever is absent comes from the environment, then from the default. */
export interface AgentOptions {
  /** Address of the monitor: ws, wss, http or https. Default ws://127.0.0.1:4680. */
  readonly monitorUrl?: string;
  /** Name of the dataflow this process runs a part of. Default: name of the package, else of the script. */
  readonly job?: string;
  /** Name of this process, unique within the monitor. Default: host name and process id. */
  readonly worker?: string;
  /** Shared secret that the monitor asks for. */
  readonly token?: string;
  /** File that holds the token, and nothing else. Read again for each connection. */
  readonly tokenFile?: string;
  /** PEM file of the certificates that the monitor's has to be signed by. Default those that the runtime trusts. */
  readonly tlsCaFile?: string;
  /** PEM files of the certificate that the monitor asks for, and of its key. */
  readonly tlsCertFile?: string;
  readonly tlsKeyFile?: string;
  /** Pause between two marker rounds, milliseconds. Default 1000. */
  readonly markerIntervalMs?: number;
  /** Pause between two reports, milliseconds. Default 1000. */
  readonly reportIntervalMs?: number;
  /** How long the main thread may give no sign of life before it counts as blocked, milliseconds. Default 1000. */
  readonly loopBlockedMs?: number;
  /** Whether messages get a header where their broker has no positions, as with RabbitMQ. Default true. */
  readonly brokerHeaders?: boolean;
  /** What the agent is to leave alone; the monitor cannot switch it on again. Default nothing. */
  readonly featuresOff?: readonly Feature[];
  /** What the monitor may ask this process to do. Default nothing. */
  readonly allowCommands?: readonly CommandName[];
  /** Folder of the files that the command heap-dump writes. Default: the folder the process works in. */
  readonly heapDumpDir?: string;
  /** How much the agent says on stderr. Default error. */
  readonly log?: LogLevel;
  /** True: nothing happens at all. Default false. */
  readonly disabled?: boolean;
}

/** The validated settings of one agent. */
export interface Settings {
  /** Address to dial, scheme ws or wss, with the path of the worker endpoint. */
  readonly monitorUrl: string;
  readonly job: string;
  readonly worker: string;
  readonly token: string | undefined;
  /** Absolute paths: the program may change its folder. */
  readonly tokenFile: string | undefined;
  readonly tlsCaFile: string | undefined;
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
  readonly markerIntervalMs: number;
  readonly reportIntervalMs: number;
  readonly loopBlockedMs: number;
  readonly brokerHeaders: boolean;
  readonly featuresOff: readonly Feature[];
  readonly allowCommands: readonly CommandName[];
  /** Undefined: the folder the process works in. */
  readonly heapDumpDir: string | undefined;
  readonly log: LogLevel;
  readonly disabled: boolean;
  /** Names of the settings that the user of the worker chose: these win over what the monitor asks for. */
  readonly chosen: readonly SettingName[];
}

/** Name of a setting as it is written in code. */
export type SettingName = keyof AgentOptions;

/** Defaults that depend on the process, found by the caller because finding them needs the file system. */
export interface ProcessNames {
  readonly job: () => string;
  readonly worker: () => string;
  /** The name for this process where another one of its family has the name that the environment gives; undefined: none has. */
  readonly ownOf?: (inherited: string) => string | undefined;
}

type Parsed = { readonly value: unknown } | { readonly fault: string };
type Row = { readonly variable: string; readonly parse: (raw: unknown) => Parsed };

const good = (value: unknown): Parsed => ({ value });
const bad = (fault: string): Parsed => ({ fault });

/** The one list of settings: name in code, name in the environment, and what is a good value. */
const TABLE: Readonly<Record<SettingName, Row>> = {
  monitorUrl: { variable: 'STREAMGAUGE_MONITOR_URL', parse: parseMonitorUrl },
  job: { variable: 'STREAMGAUGE_JOB', parse: parseName },
  worker: { variable: 'STREAMGAUGE_WORKER', parse: parseName },
  token: { variable: 'STREAMGAUGE_TOKEN', parse: parseToken },
  tokenFile: { variable: 'STREAMGAUGE_TOKEN_FILE', parse: parseTokenFile },
  tlsCaFile: { variable: 'STREAMGAUGE_TLS_CA_FILE', parse: parseFile },
  tlsCertFile: { variable: 'STREAMGAUGE_TLS_CERT_FILE', parse: parseFile },
  tlsKeyFile: { variable: 'STREAMGAUGE_TLS_KEY_FILE', parse: parseFile },
  markerIntervalMs: { variable: 'STREAMGAUGE_MARKER_INTERVAL_MS', parse: milliseconds(10) },
  reportIntervalMs: { variable: 'STREAMGAUGE_REPORT_INTERVAL_MS', parse: milliseconds(50) },
  loopBlockedMs: { variable: 'STREAMGAUGE_LOOP_BLOCKED_MS', parse: milliseconds(100) },
  brokerHeaders: { variable: 'STREAMGAUGE_BROKER_HEADERS', parse: parseSwitch },
  featuresOff: { variable: 'STREAMGAUGE_FEATURES_OFF', parse: listOf(FEATURES) },
  allowCommands: { variable: 'STREAMGAUGE_ALLOW_COMMANDS', parse: listOf(COMMANDS) },
  heapDumpDir: { variable: 'STREAMGAUGE_HEAP_DUMP_DIR', parse: parseFolder },
  log: { variable: 'STREAMGAUGE_LOG', parse: oneOf(LOG_LEVELS) },
  disabled: { variable: 'STREAMGAUGE_DISABLED', parse: parseSwitch },
};

/** Names of the settings, in the order of the manual. */
const NAMES = Object.keys(TABLE) as readonly SettingName[];

/**
 * The settings from code and environment; code wins. An empty variable counts as absent.
 * Throws AgentError SETTINGS that names every fault at once.
 */
export function readSettings(
  options: AgentOptions,
  environment: Readonly<Record<string, string | undefined>>,
  names: ProcessNames,
): Settings {
  const faults: string[] = [];
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const key of Object.keys(options)) {
    if (!(NAMES as readonly string[]).includes(key)) {
      faults.push(`${onlyWord(key)} is not a setting: use one of ${NAMES.join(', ')}.`);
    }
  }
  for (const name of NAMES) {
    const { variable, parse } = TABLE[name];
    const fromCode = options[name];
    const raw = fromCode ?? (environment[variable] || undefined);
    if (raw === undefined) continue;
    const parsed = parse(raw);
    if ('fault' in parsed) faults.push(`${fromCode === undefined ? variable : name} ${parsed.fault}`);
    else values[name] = parsed.value;
  }
  if (values.token !== undefined && values.tokenFile !== undefined) {
    faults.push('STREAMGAUGE_TOKEN and STREAMGAUGE_TOKEN_FILE are both set: keep one of them.');
  }
  if ((values.tlsCertFile === undefined) !== (values.tlsKeyFile === undefined)) {
    faults.push('STREAMGAUGE_TLS_CERT_FILE and STREAMGAUGE_TLS_KEY_FILE belong together: set both or none.');
  }
  if (faults.length > 0 && values.disabled !== true) {
    throw new AgentError(AgentErrorCode.SETTINGS, `The agent cannot start. ${faults.join(' ')}`, faults);
  }
  const disabled = values.disabled === true;
  return Object.freeze({
    monitorUrl: (values.monitorUrl as string | undefined) ?? DEFAULT_ADDRESS + WORKER_PATH,
    job: (values.job as string | undefined) ?? (disabled ? '' : names.job()),
    worker: workerName(options.worker, values.worker as string | undefined, disabled, names),
    token: (values.token ?? tokenIn(values.tokenFile)) as string | undefined,
    tokenFile: values.tokenFile as string | undefined,
    tlsCaFile: values.tlsCaFile as string | undefined,
    tlsCertFile: values.tlsCertFile as string | undefined,
    tlsKeyFile: values.tlsKeyFile as string | undefined,
    markerIntervalMs: (values.markerIntervalMs as number | undefined) ?? 1000,
    reportIntervalMs: (values.reportIntervalMs as number | undefined) ?? 1000,
    loopBlockedMs: (values.loopBlockedMs as number | undefined) ?? 1000,
    brokerHeaders: values.brokerHeaders !== false,
    featuresOff: Object.freeze((values.featuresOff as Feature[] | undefined) ?? []),
    allowCommands: Object.freeze((values.allowCommands as CommandName[] | undefined) ?? []),
    heapDumpDir: values.heapDumpDir as string | undefined,
    log: (values.log as LogLevel | undefined) ?? 'error',
    disabled,
    chosen: Object.freeze(NAMES.filter((name) => values[name] !== undefined)),
  });
}

function workerName(
  fromCode: string | undefined,
  given: string | undefined,
  disabled: boolean,
  names: ProcessNames,
): string {
  if (given === undefined) return disabled ? '' : names.worker();
  return (fromCode === undefined ? names.ownOf?.(given) : undefined) ?? given;
}

function parseMonitorUrl(raw: unknown): Parsed {
  const mend = `give an address such as ${DEFAULT_ADDRESS}.`;
  if (typeof raw !== 'string' || !URL.canParse(raw)) return bad(`is not a URL: ${mend}`);
  const url = new URL(raw);
  if (!['ws:', 'wss:', 'http:', 'https:'].includes(url.protocol)) {
    return bad(`has the scheme ${onlyWord(url.protocol.slice(0, -1))}, which is none of ws, wss, http, https: ${mend}`);
  }
  if (url.hostname === '') return bad(`names no host: ${mend}`);
  if (url.username !== '' || url.password !== '') {
    return bad('holds a user name or a password: put the secret into STREAMGAUGE_TOKEN instead.');
  }
  if (url.search !== '' || url.hash !== '') return bad('holds a query or a fragment: leave it out.');
  const scheme = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss:' : 'ws:';
  const path = url.pathname.replace(/\/+$/, '');
  return good(`${scheme}//${url.host}${path.endsWith(WORKER_PATH) ? path : path + WORKER_PATH}`);
}

function parseName(raw: unknown): Parsed {
  if (typeof raw !== 'string' || raw.trim() === '') return bad('is empty: give a name, or leave it out.');
  if (raw.length > LIMITS.IDENTITY_CHARACTERS) {
    return bad(`is longer than ${LIMITS.IDENTITY_CHARACTERS} characters: shorten it.`);
  }
  if (!isPlain(raw)) return bad('holds control characters or marks of the direction of writing: leave them out.');
  return good(raw);
}

function parseToken(raw: unknown): Parsed {
  // The value is a secret: it is never repeated in the fault.
  if (typeof raw !== 'string' || !/^[\x21-\x7e]+$/.test(raw)) {
    return bad('cannot be sent in a header: use only printable ASCII characters without spaces.');
  }
  return good(raw);
}

function parseTokenFile(raw: unknown): Parsed {
  if (typeof raw !== 'string') return bad('is not a path: give the path of a file that holds the token.');
  try {
    const path = resolve(raw);
    return 'fault' in parseToken(tokenIn(path))
      ? bad('names a file whose content is not a token: write one line of printable ASCII.')
      : good(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    return bad(`names a file that cannot be read (${code}): check the path and its permissions.`);
  }
}

function tokenIn(path: unknown): string | undefined {
  return typeof path === 'string' ? readFileSync(path, 'utf8').trim() : undefined;
}

function parseFile(raw: unknown): Parsed {
  if (typeof raw !== 'string') return bad('is not a path: give the path of a PEM file.');
  try {
    const path = resolve(raw);
    accessSync(path, constants.R_OK);
    return good(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    return bad(`names a file that cannot be read (${code}): check the path and its permissions.`);
  }
}

function milliseconds(least: number): (raw: unknown) => Parsed {
  return (raw) => {
    const value = typeof raw === 'string' && /^\d+$/.test(raw.trim()) ? Number(raw) : raw;
    const fits = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= MAX_TIMER_MS;
    return fits
      ? good(value)
      : bad(`is not a whole number of milliseconds from ${least} to ${MAX_TIMER_MS}: correct it.`);
  };
}

function oneOf(allowed: readonly string[]): (raw: unknown) => Parsed {
  return (raw) =>
    typeof raw === 'string' && allowed.includes(raw)
      ? good(raw)
      : bad(`is none of ${allowed.join(', ')}: use one of them.`);
}

/** A list in code, words between commas in the environment. */
function listOf(allowed: readonly string[]): (raw: unknown) => Parsed {
  return (raw) => {
    const words = typeof raw === 'string' ? raw.split(',').map((word) => word.trim()) : raw;
    const mend = `list some of ${allowed.join(', ')}.`;
    if (!Array.isArray(words)) return bad(`is no list: ${mend}`);
    const named = words.filter((word) => word !== '');
    const unknown = named.find((word) => !allowed.includes(word));
    if (unknown !== undefined) return bad(`names ${onlyWord(String(unknown))}, which is not known: ${mend}`);
    return good(allowed.filter((word) => named.includes(word)));
  };
}

function parseFolder(raw: unknown): Parsed {
  if (typeof raw !== 'string' || raw.trim() === '' || raw.includes('\0')) return bad('is not a path: give one.');
  return good(raw);
}

function parseSwitch(raw: unknown): Parsed {
  if (raw === true || raw === '1' || raw === 'true') return good(true);
  if (raw === false || raw === '0' || raw === 'false') return good(false);
  return bad('is neither 1 nor 0: use 1 for yes and 0 for no.');
}

function onlyWord(text: string): string {
  return text.slice(0, 40).replace(/[^\w$-]/g, '\ufffd');
}
