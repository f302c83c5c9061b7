import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hookCommonJs } from '../../../../agent/src/load/commonjs.ts';
import { TESTED_MAJORS, TestedVersions, type UntestedPackage } from '../../../../agent/src/load/tested-versions.ts';
import { createLog } from '../../../../agent/src/log.ts';
import { Patches } from '../../../../agent/src/stream/patch.ts';
import { createUntestedLog } from '../../../../agent/src/thread/untested.ts';

/** A project with one package in it; gives the path of the file of its class. */
function installed(name: string, version: string | undefined): string {
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-versions-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const home = join(folder, 'node_modules', ...name.split('/'));
  mkdirSync(join(home, 'src'), { recursive: true });
  if (version !== undefined) writeFileSync(join(home, 'package.json'), JSON.stringify({ name, version }));
  writeFileSync(join(home, 'src', 'index.js'), 'exports.Kafka = class Kafka {};');
  writeFileSync(join(home, 'src', 'other.js'), 'require("./index.js");');
  return join(home, 'src', 'index.js');
}

test.each([
  ['kafkajs', '2.2.4', true],
  ['kafkajs', '3.0.0', false],
  ['kafkajs', '1.16.0', false],
  ['@redis/client', '6.0.0-next.1', true],
  ['@redis/client', '7.0.0-next.1', false],
  ['kafkajs', undefined, true],
  ['something-else', '99.0.0', true],
] as const)('%s %s is followed: %s', (name, version, followed) => {
  const told: UntestedPackage[] = [];
  const versions = new TestedVersions((untested) => told.push(untested));
  const file = installed(name, version);
  expect([versions.admits(file), versions.admits(file.replace('index', 'other'))]).toEqual([followed, followed]);
  expect(told).toEqual(followed ? [] : [{ name, version, tested: TESTED_MAJORS[name] }]);
});

test('a package of another version is left alone with one line, however many of its files and copies are loaded', () => {
  const lines: string[] = [];
  const patches = new Patches();
  onTestFinished(() => patches.restore());
  const say = createUntestedLog(createLog({ level: 'error', write: (line) => lines.push(line), nowMs: () => 0 }));
  const followed: string[] = [];
  const watcher = {
    file: /[\\/]kafkajs[\\/]src[\\/]index\.js$/,
    loaded: (_: unknown, file: string) => followed.push(file),
  };
  const fail = (error: unknown): void => {
    throw error;
  };
  hookCommonJs(patches, [watcher as never], fail, say);
  const require = createRequire(import.meta.url);
  const [old, first, second] = [
    installed('kafkajs', '2.2.4'),
    installed('kafkajs', '3.1.0'),
    installed('kafkajs', '3.1.0'),
  ];
  for (const file of [old, first, first.replace('index', 'other'), second]) require(file);
  expect(lines).toEqual(['streamgauge: kafkajs 3.1.0 is left alone: the agent is tested with version 2.\n']);
  expect(followed.filter((file) => file.includes('streamgauge-versions'))).toEqual([old]);
});
