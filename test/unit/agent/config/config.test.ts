import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type AgentOptions, readSettings, type Settings } from '../../../../agent/src/config.ts';
import { AgentError } from '../../../../agent/src/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'streamgauge-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const names = { job: () => 'job-by-default', worker: () => 'worker-by-default' };

function read(environment: Record<string, string>, options: AgentOptions = {}): Settings {
  return readSettings(options, environment, names);
}

function faultsOf(environment: Record<string, string>, options: AgentOptions = {}): readonly string[] {
  try {
    read(environment, options);
  } catch (error) {
    if (AgentError.is(error)) return error.faults;
    throw error;
  }
  return [];
}

test('nothing set gives the defaults of the manual', () => {
  expect(read({})).toEqual({
    monitorUrl: 'ws://127.0.0.1:4680/v1/worker',
    job: 'job-by-default',
    worker: 'worker-by-default',
    token: undefined,
    markerIntervalMs: 1000,
    reportIntervalMs: 1000,
    loopBlockedMs: 1000,
    brokerHeaders: true,
    featuresOff: [],
    allowCommands: [],
    heapDumpDir: undefined,
    log: 'error',
    disabled: false,
    chosen: [],
  });
});

test('every variable is read, and is known to be the choice of the user', () => {
  const settings = read({
    STREAMGAUGE_MONITOR_URL: 'https://monitor.example:4680/base/',
    STREAMGAUGE_JOB: 'orders',
    STREAMGAUGE_WORKER: 'w1',
    STREAMGAUGE_TOKEN: 's3cret',
    STREAMGAUGE_MARKER_INTERVAL_MS: '200',
    STREAMGAUGE_REPORT_INTERVAL_MS: '300',
    STREAMGAUGE_LOOP_BLOCKED_MS: '400',
    STREAMGAUGE_BROKER_HEADERS: '0',
    STREAMGAUGE_FEATURES_OFF: 'source-reading, await-sample',
    STREAMGAUGE_ALLOW_COMMANDS: 'heap-dump,exit',
    STREAMGAUGE_HEAP_DUMP_DIR: '/var/dumps',
    STREAMGAUGE_LOG: 'debug',
  });
  expect(settings).toMatchObject({
    monitorUrl: 'wss://monitor.example:4680/base/v1/worker',
    job: 'orders',
    worker: 'w1',
    token: 's3cret',
    markerIntervalMs: 200,
    reportIntervalMs: 300,
    loopBlockedMs: 400,
    brokerHeaders: false,
    featuresOff: ['await-sample', 'source-reading'],
    allowCommands: ['exit', 'heap-dump'],
    heapDumpDir: '/var/dumps',
    log: 'debug',
  });
  expect(settings.chosen).toEqual([
    'monitorUrl',
    'job',
    'worker',
    'token',
    'markerIntervalMs',
    'reportIntervalMs',
    'loopBlockedMs',
    'brokerHeaders',
    'featuresOff',
    'allowCommands',
    'heapDumpDir',
    'log',
  ]);
});

describe('addresses of the monitor', () => {
  test.each([
    ['ws://127.0.0.1:4680', 'ws://127.0.0.1:4680/v1/worker'],
    ['http://127.0.0.1:4680/', 'ws://127.0.0.1:4680/v1/worker'],
    ['wss://[::1]:1', 'wss://[::1]:1/v1/worker'],
    ['ws://host/v1/worker', 'ws://host/v1/worker'],
  ])('%s is dialled as %s', (given, dialled) => {
    expect(read({ STREAMGAUGE_MONITOR_URL: given }).monitorUrl).toBe(dialled);
  });
});

describe('a value that cannot be used is named with its mend', () => {
  test.each([
    [{ STREAMGAUGE_MONITOR_URL: 'nowhere' }, /^STREAMGAUGE_MONITOR_URL is not a URL: give an address/],
    [{ STREAMGAUGE_MONITOR_URL: 'ftp://host' }, /^STREAMGAUGE_MONITOR_URL has the scheme ftp/],
    [{ STREAMGAUGE_MONITOR_URL: 'ws://user:pass@host' }, /put the secret into STREAMGAUGE_TOKEN/],
    [{ STREAMGAUGE_MONITOR_URL: 'ws://host?token=1' }, /holds a query/],
    [{ STREAMGAUGE_JOB: 'a\nb' }, /^STREAMGAUGE_JOB holds control characters/],
    [{ STREAMGAUGE_WORKER: 'a\u200fb' }, /^STREAMGAUGE_WORKER holds .* marks of the direction/],
    [{ STREAMGAUGE_WORKER: 'x'.repeat(201) }, /^STREAMGAUGE_WORKER is longer than 200/],
    [{ STREAMGAUGE_TOKEN: 'two words' }, /^STREAMGAUGE_TOKEN cannot be sent in a header/],
    [
      { STREAMGAUGE_TOKEN_FILE: '/nonexistent/token' },
      /^STREAMGAUGE_TOKEN_FILE names a file that cannot be read \(ENOENT\)/,
    ],
    [
      { STREAMGAUGE_REPORT_INTERVAL_MS: '1s' },
      /^STREAMGAUGE_REPORT_INTERVAL_MS is not a whole number of milliseconds from 50/,
    ],
    [{ STREAMGAUGE_MARKER_INTERVAL_MS: '0' }, /^STREAMGAUGE_MARKER_INTERVAL_MS is not a whole number/],
    [{ STREAMGAUGE_LOOP_BLOCKED_MS: '99999999999' }, /^STREAMGAUGE_LOOP_BLOCKED_MS is not a whole number/],
    [
      { STREAMGAUGE_TLS_CA_FILE: '/nonexistent/ca' },
      /^STREAMGAUGE_TLS_CA_FILE names a file that cannot be read \(ENOENT\)/,
    ],
    [{ STREAMGAUGE_TLS_CERT_FILE: import.meta.filename }, /belong together: set both or none/],
    [{ STREAMGAUGE_FEATURES_OFF: 'markers' }, /^STREAMGAUGE_FEATURES_OFF names markers, which is not known: list some/],
    [{ STREAMGAUGE_ALLOW_COMMANDS: 'exit;eval' }, /^STREAMGAUGE_ALLOW_COMMANDS names exit.eval, which is not known/],
    [{ STREAMGAUGE_HEAP_DUMP_DIR: ' ' }, /^STREAMGAUGE_HEAP_DUMP_DIR is not a path/],
    [{ STREAMGAUGE_LOG: 'loud' }, /^STREAMGAUGE_LOG is none of off, error, info, debug/],
    [{ STREAMGAUGE_DISABLED: 'yes' }, /^STREAMGAUGE_DISABLED is neither 1 nor 0/],
  ])('%o', (environment, fault) => {
    expect(faultsOf(environment as unknown as Record<string, string>)).toEqual([expect.stringMatching(fault)]);
  });
});

test('all faults come in one error', () => {
  const faults = faultsOf({ STREAMGAUGE_MONITOR_URL: 'x', STREAMGAUGE_LOG: 'y' }, { reportIntervalMs: Number.NaN });
  expect(faults).toHaveLength(3);
  expect(faults[1]).toMatch(/^reportIntervalMs /);
});

test('no fault repeats a secret', () => {
  const environment = { STREAMGAUGE_TOKEN: 'hush hush', STREAMGAUGE_MONITOR_URL: 'ws://me:hush@host' };
  expect(faultsOf(environment).join()).not.toContain('hush');
});

test('the token may come from a file, but not from both places', () => {
  const file = join(folder, 'token');
  writeFileSync(file, 's3cret\n');
  expect(read({ STREAMGAUGE_TOKEN_FILE: file }).token).toBe('s3cret');
  expect(faultsOf({ STREAMGAUGE_TOKEN_FILE: file, STREAMGAUGE_TOKEN: 'x' })).toEqual([
    expect.stringMatching(/both set: keep one/),
  ]);
});

test('files keep their place when the program goes into another folder', () => {
  const file = join(folder, 'token');
  writeFileSync(file, 's3cret\n');
  const near = relative(process.cwd(), file);
  const settings = read({
    STREAMGAUGE_TOKEN_FILE: near,
    STREAMGAUGE_TLS_CA_FILE: near,
    STREAMGAUGE_TLS_CERT_FILE: near,
    STREAMGAUGE_TLS_KEY_FILE: near,
  });
  expect(settings).toMatchObject({ tokenFile: file, tlsCaFile: file, tlsCertFile: file, tlsKeyFile: file });
  expect(read({})).toMatchObject({ tokenFile: undefined, tlsCaFile: undefined });
});

test('an empty variable counts as absent, and code wins over the environment', () => {
  expect(read({ STREAMGAUGE_JOB: '' }).job).toBe('job-by-default');
  expect(read({ STREAMGAUGE_JOB: 'environment' }, { job: 'code' }).job).toBe('code');
});

test('an unknown option in code is a fault that names the known ones', () => {
  expect(faultsOf({}, { jobs: 'x' } as AgentOptions)).toEqual([expect.stringMatching(/^jobs is not a setting.*job/)]);
});

test('a disabled agent asks for no names and finds no faults', () => {
  const never = () => {
    throw new Error('asked');
  };
  const settings = readSettings(
    {},
    { STREAMGAUGE_DISABLED: '1', STREAMGAUGE_LOG: 'loud' },
    { job: never, worker: never },
  );
  expect(settings.disabled).toBe(true);
});
