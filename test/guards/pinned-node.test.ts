import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../support/repository.ts';

const { optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'test/package.json'), 'utf8')) as {
  optionalDependencies: Record<string, string>;
};
const pins = Object.entries(optionalDependencies).filter(([name]) => name.startsWith('node-'));

/** Package that brings the pinned Node.js on this system. */
function pinFor(platform: string, architecture: string): string | undefined {
  const system = platform === 'win32' ? 'win' : platform;
  return pins.find(
    ([name]) => name === `node-${system}-${architecture}` || name === `node-bin-${system}-${architecture}`,
  )?.[1];
}

test('the tests run under the pinned Node.js and not under whatever is on the PATH', () => {
  const pin = pinFor(process.platform, process.arch);
  expect(pin, `There is no pin for ${process.platform} ${process.arch}; add one to test/package.json.`).toBeDefined();
  expect(process.version).toBe(`v${pin}`);
});

test('every pin is an exact version of Node.js 24', () => {
  expect(pins.length).toBeGreaterThan(0);
  for (const [name, version] of pins) expect(version, name).toMatch(/^24\.\d+\.\d+$/);
});

test('a system without a pin is told apart', () => {
  expect(pinFor('sunos', 'x64')).toBeUndefined();
});
