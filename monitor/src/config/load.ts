import { access, readFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MonitorError, messageOf, monitorErrorCodes } from '../errors.ts';
import { readEnvironment } from './environment.ts';
import { invalid, resolveConfig } from './resolve.ts';
import type { MonitorConfig, MonitorConfigInput } from './settings.ts';

/** Names looked for in the working folder, first match wins, when no file is named. */
const defaultFiles = ['ts', 'mjs', 'js', 'json'].map((extension) => `streamgauge.config.${extension}`);

/** Options of the command line, under the names of the settings they set. */
export interface CommandLineSettings {
  readonly host?: string | undefined;
  readonly port?: number | string | undefined;
  readonly dataDir?: string | undefined;
  readonly tokenFile?: string | undefined;
}

/** Flags as a person types them, for messages. */
const flags: Readonly<Record<keyof CommandLineSettings, string>> = {
  host: '--host',
  port: '--port',
  dataDir: '--data',
  tokenFile: '--token-file',
};

interface Source {
  readonly values: ReadonlyMap<string, { readonly value: unknown; readonly label: string }>;
}

/**
 * Reads the settings: command line over environment over file over defaults.
 *
 * @throws MonitorError SG_MONITOR_CONFIG_INVALID with all faults in one message, SG_MONITOR_CONFIG_UNREADABLE when the file
 * cannot be read or evaluated
 */
export async function loadConfig(options: {
  readonly commandLine?: CommandLineSettings;
  /** File named on the command line; it must exist. */
  readonly file?: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly workingFolder?: string;
  /** Told one sentence per thing that is odd but harmless. */
  readonly onWarning?: (message: string) => void;
}): Promise<MonitorConfig> {
  const workingFolder = options.workingFolder ?? process.cwd();
  const environment = options.environment ?? process.env;
  const fromEnvironment = readEnvironment(environment);
  for (const warning of fromEnvironment.warnings) options.onWarning?.(warning);
  const named = options.file ?? (environment.STREAMGAUGE_CONFIG || undefined);
  const sources: Source[] = [
    await readFileSource(named, workingFolder),
    fromEnvironment,
    readCommandLine(options.commandLine ?? {}),
  ];
  const merged: Record<string, unknown> = {};
  const labels = new Map<string, string>();
  for (const { values } of sources) {
    // A token and a token file are one setting: the stronger source wins as a whole.
    if (values.has('token') || values.has('tokenFile')) {
      delete merged.token;
      delete merged.tokenFile;
    }
    for (const [key, { value, label }] of values) {
      merged[key] = value;
      labels.set(key, label);
    }
  }
  // Of the two in one source the token counts; a file beside it would be read again in its place.
  if (merged.token !== undefined) delete merged.tokenFile;
  resolvePaths(merged, workingFolder);
  const faults = await readToken(merged, labels);
  return resolveConfig(merged as MonitorConfigInput, labels, faults);
}

function readCommandLine(settings: CommandLineSettings): Source {
  const values = new Map<string, { value: unknown; label: string }>();
  for (const [key, flag] of Object.entries(flags)) {
    const given = settings[key as keyof CommandLineSettings];
    if (given === undefined) continue;
    const value = key === 'port' && /^\d+$/.test(String(given)) ? Number(given) : given;
    values.set(key, { value, label: `${flag} on the command line` });
  }
  return { values };
}

async function readFileSource(named: string | undefined, workingFolder: string): Promise<Source> {
  const path = named === undefined ? await findDefault(workingFolder) : resolve(workingFolder, named);
  const values = new Map<string, { value: unknown; label: string }>();
  if (path === undefined) return { values };
  const content = await readConfigFile(path);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw invalid([`${path}: the file must give one object with settings, through its default export or as JSON`]);
  }
  for (const [key, value] of Object.entries(content)) {
    values.set(key, { value: moduleKeys.has(key) ? besideFile(value, path) : value, label: path });
  }
  return { values };
}

/** Settings that may name modules. */
const moduleKeys: ReadonlySet<string> = new Set(['classifiers', 'failureClassifiers']);

/** Modules are named relative to the file that names them. */
function besideFile(value: unknown, path: string): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((item: unknown) =>
    typeof item === 'string' && item.trim() !== '' && !item.startsWith('file:') ? resolve(dirname(path), item) : item,
  );
}

async function findDefault(workingFolder: string): Promise<string | undefined> {
  for (const name of defaultFiles) {
    const path = resolve(workingFolder, name);
    try {
      await access(path);
      return path;
    } catch {
      // Not there: the next name.
    }
  }
  return undefined;
}

async function readConfigFile(path: string): Promise<unknown> {
  const mend = 'check the path, the permissions and the syntax';
  try {
    if (extname(path) === '.json') return JSON.parse(await readFile(path, 'utf8'));
    // Its reasons are plainer than those of an import.
    await readFile(path);
    const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
    return module.default;
  } catch (error) {
    throw new MonitorError(
      monitorErrorCodes.configUnreadable,
      `The configuration file ${path} could not be read: ${messageOf(error)}; ${mend}.`,
      { cause: error },
    );
  }
}

/** Files are read again while the monitor runs: their paths must not depend on where it is then. */
function resolvePaths(merged: Record<string, unknown>, workingFolder: string): void {
  const settle = (value: unknown, keys: readonly string[]): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const settled: Record<string, unknown> = { ...value };
    for (const key of keys) {
      const path = settled[key];
      if (typeof path === 'string' && path !== '') settled[key] = resolve(workingFolder, path);
    }
    return settled;
  };
  Object.assign(merged, settle(merged, ['tokenFile']));
  if (Array.isArray(merged.tokens)) merged.tokens = merged.tokens.map((token) => settle(token, ['tokenFile']));
  if (merged.tls !== undefined) merged.tls = settle(merged.tls, ['certFile', 'keyFile', 'caFile']);
}

/** Puts the content of the token file into the settings; gives the fault when it cannot. */
async function readToken(merged: Record<string, unknown>, labels: Map<string, string>): Promise<string[]> {
  const file = merged.tokenFile;
  if (typeof file !== 'string' || merged.token !== undefined) return [];
  const label = labels.get('tokenFile') ?? 'tokenFile';
  try {
    merged.token = (await readFile(file, 'utf8')).trim();
    labels.set('token', `the content of ${file}, ${label}`);
    return [];
  } catch (error) {
    return [`tokenFile (${label}): ${messageOf(error)}; give the path of a readable file that holds the token`];
  }
}
