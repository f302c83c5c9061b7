import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { environmentVariables, readEnvironment } from '../../../../monitor/src/config/environment.ts';
import { loadConfig } from '../../../../monitor/src/config/load.ts';
import { resolveConfig } from '../../../../monitor/src/config/resolve.ts';
import { knownKeys } from '../../../../monitor/src/config/schema.ts';
import type { MonitorConfig, MonitorConfigInput } from '../../../../monitor/src/config/settings.ts';
import { ROOT, sourceFiles } from '../../../support/repository.ts';

describe('settings', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'streamgauge-config-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const load = (options: Parameters<typeof loadConfig>[0] = {}): Promise<MonitorConfig> =>
    loadConfig({ environment: {}, workingFolder: folder, ...options });
  const fault = async (options: Parameters<typeof loadConfig>[0]): Promise<string> => {
    const error = await load(options).catch((thrown: Error) => thrown);
    expect(error).toBeInstanceOf(Error);
    return (error as Error).message;
  };
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  test('have defaults that need nothing', async () => {
    expect(await load()).toMatchObject({
      host: '127.0.0.1',
      port: 4680,
      stallAfterMs: 30_000,
      checkIntervalMs: 1000,
      loopBlockedMs: 1000,
      workerLostAfterMs: 5000,
      resolveAfterMs: 2000,
      reportIntervalMs: 1000,
      markerIntervalMs: 1000,
      retentionMs: 604_800_000,
      snapshotSchedule: '* * * * *',
      log: 'info',
      metrics: { perWorker: false, maxSeries: 2000 },
      webhooks: [],
    });
  });

  test.each([
    { stallAfterMs: 500, checkIntervalMs: 50 },
    { stallAfterMs: 3000, checkIntervalMs: 300 },
    { stallAfterMs: 10_000, checkIntervalMs: 1000 },
    { stallAfterMs: 60_000, checkIntervalMs: 1000 },
  ])('check every $checkIntervalMs ms for a threshold of $stallAfterMs ms', ({ stallAfterMs, checkIntervalMs }) => {
    expect(resolveConfig({ stallAfterMs })).toMatchObject({ checkIntervalMs, resolveAfterMs: 2 * checkIntervalMs });
  });

  test('take the command line over the environment over the file over the defaults', async () => {
    write(
      'streamgauge.config.json',
      JSON.stringify({ port: 1, host: 'localhost', stallAfterMs: 1000, loopBlockedMs: 300 }),
    );
    const config = await load({
      commandLine: { port: '3' },
      environment: { STREAMGAUGE_PORT: '2', STREAMGAUGE_STALL_AFTER_MS: '2000' },
    });
    expect(config).toMatchObject({ port: 3, stallAfterMs: 2000, loopBlockedMs: 300, host: 'localhost', log: 'info' });
  });

  test.each(['ts', 'mjs', 'js'])('are read from streamgauge.config.%s', async (extension) => {
    write('package.json', '{"type":"module"}');
    write(
      `streamgauge.config.${extension}`,
      'class Mine { name = "mine"; types = ["stall"]; onIncident() {} }\nexport default { port: 7, listeners: [new Mine()] };',
    );
    const config = await load();
    expect(config.port).toBe(7);
    // The very instance, with the methods of its class.
    expect(config.listeners[0]?.constructor.name).toBe('Mine');
    expect(config.listeners[0]?.onIncident).toBeTypeOf('function');
  });

  test('name modules relative to the file that names them', async () => {
    mkdirSync(join(folder, 'etc'));
    const names = ['./quota.mjs', '../team.mjs', '/opt/x.mjs', 'file:///opt/y.mjs'];
    write('etc/settings.json', JSON.stringify({ classifiers: names, failureClassifiers: ['f.mjs'] }));
    const config = await load({ file: 'etc/settings.json' });
    expect(config.classifiers).toEqual([
      join(folder, 'etc/quota.mjs'),
      join(folder, 'team.mjs'),
      '/opt/x.mjs',
      'file:///opt/y.mjs',
    ]);
    expect(config.failureClassifiers).toEqual([join(folder, 'etc/f.mjs')]);
  });

  test('are frozen all the way down', async () => {
    const config = await load({ environment: { STREAMGAUGE_PORT: '1' } });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.metrics)).toBe(true);
    expect(Object.isFrozen(config.webhooks)).toBe(true);
  });

  test('pass unchanged when they are complete already', () => {
    const config = resolveConfig({ stallAfterMs: 3000, webhooks: [{ url: 'https://example.org/hook' }] });
    expect(resolveConfig(config)).toEqual(config);
  });

  test('tell every fault in one message, with source, key, fault and mend', async () => {
    write(
      'streamgauge.config.json',
      JSON.stringify({ stallAfterMS: 100, retentionMs: 'a week', metrics: { perworker: true } }),
    );
    const message = await fault({
      commandLine: { port: 'http' },
      environment: { STREAMGAUGE_STALL_AFTER_MS: '100', STREAMGAUGE_CHECK_INTERVAL_MS: '1s' },
    });
    expect(message).toMatch(/^The configuration has 6 faults: \(1\) /);
    expect(message).toContain(
      'port (--port on the command line): "http" does not fit; give a whole number from 0 to 65535',
    );
    expect(message).toContain(
      'stallAfterMs (STREAMGAUGE_STALL_AFTER_MS in the environment): 100 does not fit; give whole milliseconds from 500',
    );
    expect(message).toContain('checkIntervalMs (STREAMGAUGE_CHECK_INTERVAL_MS in the environment): "1s" does not fit');
    expect(message).toContain(`retentionMs (${join(folder, 'streamgauge.config.json')}): "a week" does not fit`);
    expect(message).toContain('there is no such setting; did you mean stallAfterMs?');
    expect(message).toContain('did you mean perWorker?');
    expect(message).not.toContain('\n');
  });

  test('tell an unreadable token file and a public address without a token along with the other faults', async () => {
    const message = await fault({
      commandLine: { tokenFile: 'nowhere', host: '0.0.0.0' },
      environment: { STREAMGAUGE_STALL_AFTER_MS: '1' },
    });
    expect(message).toMatch(/^The configuration has 3 faults: \(1\) tokenFile .*\(2\) stallAfterMs .*\(3\) host /);
  });

  test('of a later version are named as such, with the known ones once', () => {
    const input = { rules: [], exporters: [], nonsense: 1 } as MonitorConfigInput;
    const message = (() => {
      try {
        resolveConfig(input);
      } catch (error) {
        return (error as Error).message;
      }
    })();
    for (const key of ['rules', 'exporters']) {
      expect(message).toContain(`${key}: this version has no such setting yet; known are `);
    }
    expect(message).toContain('nonsense: there is no such setting; known are ');
    expect(message?.match(/known are host, port, /g)).toHaveLength(1);
    expect(message).toContain('listeners, classifiers');
  });

  test('whose names hold control characters are told in one line all the same', () => {
    expect(() => resolveConfig({ 'ho\u001bst\n': 1 } as MonitorConfigInput)).toThrow(
      /^[^\p{Cc}]*ho\ufffdst[^\p{Cc}]*$/u,
    );
  });

  test('are all documented, with nothing that is not there', () => {
    const text = readFileSync(join(import.meta.dirname, '../../../../docs/configuration.md'), 'utf8');
    const documented = [...text.matchAll(/^\| `(\w+)` /gm)].map(([, key]) => key);
    expect(documented.toSorted()).toEqual(knownKeys.toSorted());
  });

  test.each([
    ['the floor of 500 ms', { stallAfterMs: 499 }, 'stallAfterMs: 499'],
    ['a port that is no port', { port: 65_536 }, 'port: 65536'],
    ['half a millisecond', { loopBlockedMs: 100.5 }, 'loopBlockedMs: 100.5'],
    ['a webhook that is no web address', { webhooks: [{ url: 'file:///etc/passwd' }] }, 'webhooks.0.url'],
    ['a listener without a function', { listeners: [{ name: 'x' }] }, 'listeners.0'],
    ['a listener that is null', { listeners: [null] }, 'listeners.0'],
    ['a classifier without a function', { classifiers: [{ name: 'x' }] }, 'classifiers.0'],
    ['a classifier without a path', { failureClassifiers: [''] }, 'failureClassifiers.0'],
    [
      'output keys that are none',
      { classifiers: [{ name: 'x', classify() {}, outputKeys: ['a b'] }] },
      'classifiers.0',
    ],
    [
      'a schedule that no clock keeps',
      { snapshotSchedule: 'every day at noon' },
      'snapshotSchedule: "every day at noon" does not fit; give a schedule of cron such as "* * * * *"',
    ],
    ['a schedule without end', { snapshotSchedule: '* '.repeat(500) }, 'snapshotSchedule: '],
    ['a pattern that says nothing', { userCode: ['!'] }, 'userCode.0: "!" does not fit; give a list of patterns'],
    ['a file of a key that is not named', { tls: { certFile: 'a' } }, 'tls.keyFile: it is missing; give {'],
    ['a token with spaces', { token: 'a token of some length' }, 'token: this value does not fit'],
    ['a role that is none', { tokens: [{ name: 'a', role: 'root', tokenFile: 'a' }] }, 'tokens.0.role: this value'],
    ['a token from nowhere', { tokens: [{ name: 'a', role: 'reader' }] }, 'tokens.0: this value'],
    [
      'a token from two places',
      { tokens: [{ name: 'a', role: 'reader', tokenFile: 'a', token: 'x'.repeat(16) }] },
      'tokens.0: this value',
    ],
    [
      'a token with a setting of another',
      { tokens: [{ name: 'a', role: 'reader', tokenFile: 'a', job: 'x' }] },
      'jobs?',
    ],
    [
      'two tokens of one name',
      { tokens: ['x', 'y'].map((letter) => ({ name: 'a', role: 'reader', token: letter.repeat(16) })) },
      'tokens: this value',
    ],
    [
      'an end that is no time',
      { tokens: [{ name: 'a', role: 'reader', tokenFile: 'a', expiresAt: 'soon' }] },
      'expiresAt',
    ],
    ['a certificate without its key', { tls: { certFile: 'a' } }, 'tls.keyFile'],
    ['clients of no authority', { tls: { certFile: 'a', keyFile: 'b', clientCertificates: 'required' } }, 'tls: '],
  ])('refuse %s', (_, input, expected) => {
    expect(() => resolveConfig(input as MonitorConfigInput)).toThrow(expected);
  });

  test('never show the token', () => {
    expect(() => resolveConfig({ token: 'short' })).toThrow(/^(?!.*short).*$/);
  });

  describe('of an address that others can reach', () => {
    test.each(['0.0.0.0', '::', '192.0.2.1', 'monitor.example.org'])('%s are refused without a token', (host) => {
      expect(() => resolveConfig({ host })).toThrow(/no token is set; set STREAMGAUGE_TOKEN/);
      expect(resolveConfig({ host, token: 'x'.repeat(16) }).host).toBe(host);
    });

    test('are let be with tokens, whichever way they are given', () => {
      const tokens = [{ name: 'a', role: 'reader', token: 'x'.repeat(16) }] as const;
      expect(resolveConfig({ host: '0.0.0.0', tokens }).tokens).toHaveLength(1);
      expect(resolveConfig({ host: '0.0.0.0', tokenFile: 'token' }).tokenFile).toBe('token');
      expect(() => resolveConfig({ host: '0.0.0.0', tokens: [] })).toThrow('no token is set');
    });

    test.each(['127.0.0.1', '127.1.2.3', '::1', '[::1]', 'localhost', 'LOCALHOST'])('%s need none', (host) => {
      expect(resolveConfig({ host }).token).toBeUndefined();
    });

    test.each(['127.0.0.1.example.org', 'localhost.example.org', '127.1'])('%s only looks local', (host) => {
      expect(() => resolveConfig({ host })).toThrow('no token is set');
    });
  });

  describe('of a token file', () => {
    test('give its content without the line end', async () => {
      write('token', 'a-secret-of-some-length\n');
      expect((await load({ environment: { STREAMGAUGE_TOKEN_FILE: 'token' } })).token).toBe('a-secret-of-some-length');
    });

    test('and those of tokens and certificates are found wherever the monitor is later', async () => {
      write('token', 'a-secret-of-some-length');
      write(
        'streamgauge.config.json',
        JSON.stringify({
          tokenFile: 'token',
          tokens: [{ name: 'a', role: 'reader', tokenFile: 'sub/token' }],
          tls: { certFile: 'crt', keyFile: '/key' },
        }),
      );
      const { tokenFile, tokens, tls } = await load({});
      expect(tokenFile).toBe(join(folder, 'token'));
      expect(tokens[0]?.tokenFile).toBe(join(folder, 'sub/token'));
      expect(tls).toEqual({ certFile: join(folder, 'crt'), keyFile: '/key', clientCertificates: 'none' });
    });

    test('are not read beside a token of the same source', async () => {
      write('streamgauge.config.json', JSON.stringify({ token: 'a-secret-of-some-length', tokenFile: 'nowhere' }));
      expect(await load({})).toMatchObject({ token: 'a-secret-of-some-length' });
      expect(await load({})).not.toHaveProperty('tokenFile');
    });

    test('win over a token of a weaker source', async () => {
      write('token', 'a-secret-of-some-length');
      const config = await load({
        commandLine: { tokenFile: 'token' },
        environment: { STREAMGAUGE_TOKEN: 'another-secret-of-some-length' },
      });
      expect(config.token).toBe('a-secret-of-some-length');
    });

    test('that is not there are one clear fault', async () => {
      expect(await fault({ commandLine: { tokenFile: 'nowhere' } })).toMatch(
        /^The configuration has a fault: tokenFile \(--token-file on the command line\): ENOENT.*give the path of a readable file/,
      );
    });
  });

  describe('of a file that cannot be used', () => {
    test.each([
      ['is not there', 'nowhere.json', undefined],
      ['is not JSON', 'broken.json', '{"port": '],
      ['throws', 'throws.mjs', 'throw new Error("no database")'],
      ['does not parse', 'syntax.mjs', 'export default {{'],
      ['is a folder', '.', undefined],
    ])('%s: the path and the reason are told in one line', async (_, name, text) => {
      if (text !== undefined) write(name, text);
      const message = await fault({ file: name });
      expect(message).toMatch(
        /^The configuration file .* could not be read: .*; check the path, the permissions and the syntax\.$/,
      );
      expect(message).toContain(join(folder, name));
      expect(message).not.toContain('load.ts');
    });

    test('gives no object: that is told', async () => {
      write('list.json', '[]');
      expect(await fault({ file: 'list.json' })).toContain('must give one object with settings');
    });
  });

  test('warn of an unknown variable, and leave those of the agent alone', async () => {
    const warnings: string[] = [];
    await load({
      environment: { STREAMGAUGE_STAL_AFTER_MS: '1', STREAMGAUGE_JOB: 'j', STREAMGAUGE_PORT: '' },
      onWarning: (message) => warnings.push(message),
    });
    expect(warnings).toEqual([
      'The environment variable STREAMGAUGE_STAL_AFTER_MS is unknown and was ignored (did you mean STREAMGAUGE_STALL_AFTER_MS?).',
    ]);
  });

  test('warn of no variable that the agent or the command line reads: one shell has those of all of them', () => {
    const read = ['agent/src', 'src']
      .flatMap(sourceFiles)
      .flatMap(({ text }) => text.match(/\bSTREAMGAUGE_[A-Z_]*[A-Z]/g));
    const environment = Object.fromEntries(read.map((name) => [name, '1']));
    expect(Object.keys(environment).length).toBeGreaterThan(15);
    expect(readEnvironment(environment).warnings).toEqual([]);
  });

  test('of the environment are all in the manual', () => {
    const manual = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
    expect(environmentVariables.filter((name) => !manual.includes(`\`${name}\``))).toEqual([]);
  });
});
