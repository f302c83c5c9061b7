import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { claimName } from '../../../../agent/src/family.ts';
import { processNames } from '../../../../agent/src/process-names.ts';

const folder = mkdtempSync(join(tmpdir(), 'streamgauge-names-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the job is named after the nearest package that has a name', () => {
  mkdirSync(join(folder, 'package/src'), { recursive: true });
  writeFileSync(join(folder, 'package/package.json'), '{"name":"@acme/orders"}');
  writeFileSync(join(folder, 'package/src/package.json'), '{"type":"module"}');
  expect(processNames(join(folder, 'package/src/main.mjs'), 1).job()).toBe('@acme/orders');
});

test('a script outside of any package gives the job its name', () => {
  expect(processNames('/nonexistent/import-orders.mjs', 1).job()).toBe('import-orders');
  expect(processNames(undefined, 1).job()).toBe('node');
});

test('a package name is hostile text', () => {
  mkdirSync(join(folder, 'hostile'), { recursive: true });
  writeFileSync(join(folder, 'hostile/package.json'), JSON.stringify({ name: `a\u0007${'b'.repeat(500)}` }));
  const job = processNames(join(folder, 'hostile/main.mjs'), 1).job();
  expect(job).toHaveLength(200);
  expect(job.startsWith('a\ufffdb')).toBe(true);
});

test('the worker is named after host and process', () => {
  expect(processNames(undefined, 42).worker()).toBe(`${hostname()}-42`);
});

test('a process that inherits the name of another one of its family gets one of its own', () => {
  const environment: Record<string, string | undefined> = { STREAMGAUGE_WORKER: 'index 7' };
  const ownOf = (pid: number) => processNames('/app/worker.mjs', pid, environment).ownOf?.('index 7');
  expect(ownOf(41)).toBeUndefined();
  const giveUp = claimName('index 7', environment, 41);
  expect([ownOf(41), ownOf(42)]).toEqual([undefined, 'index 7-42']);
  expect(processNames('/app/other.mjs', 42, environment).ownOf?.('given by hand')).toBeUndefined();
  giveUp();
  expect([ownOf(42), Object.keys(environment)]).toEqual([undefined, ['STREAMGAUGE_WORKER']]);
});
