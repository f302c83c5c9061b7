import { describe, expect, it, test } from 'vitest';
import { ownerByPatterns } from '../../../../monitor/src/model/code-owner.ts';
import { failureOf, Story } from '../../../support/story.ts';

describe('whose code a file is, by patterns', () => {
  test.each([
    ['**/node_modules/@acme/**', '/app/node_modules/@acme/steps/index.js', 'user'],
    ['**/node_modules/@acme/**', '/app/node_modules/pg/index.js', 'dependency'],
    ['**/node_modules/@acme/**', '/app/node_modules/.pnpm/@acme+a@1.0.0/node_modules/@acme/a/x.js', 'user'],
    ['**/node_modules/@acme/**', '/app/.yarn/cache/@acme-a-npm-1.zip/node_modules/@acme/a/x.js', 'user'],
    ['**/node_modules/@acme/**', 'C:\\app\\node_modules\\@acme\\steps\\index.js', 'user'],
    ['**/node_modules/@acme/**', '\\\\server\\share\\node_modules\\@acme\\a.js', 'user'],
    ['C:/app/node_modules/**', 'C:\\app\\node_modules\\pg\\index.js', 'user'],
    ['**/.pnpm/@acme+*/**', '/app/node_modules/.pnpm/@acme+a@1.0.0/node_modules/@acme/a/x.js', 'user'],
    ['**/*.{js,mjs}', '/app/node_modules/pg/index.mjs', 'user'],
    ['/app/**', '/application/node_modules/pg/index.js', 'dependency'],
  ])('%s and an installed %s: %s', (pattern, file, owner) => {
    expect(ownerByPatterns([pattern])(file, 'dependency')).toBe(owner);
  });

  test.each([
    [['!**/vendor/**'], '/app/vendor/lib.js', 'dependency'],
    [['!**/vendor/**'], '/app/src/lib.js', 'user'],
    [['!**/vendor/**', '**/vendor/ours/**'], '/app/vendor/ours/lib.js', 'user'],
    [['**/vendor/ours/**', '!**/vendor/**'], '/app/vendor/ours/lib.js', 'dependency'],
  ])('%s and the project’s %s: %s', (patterns, file, owner) => {
    expect(ownerByPatterns(patterns)(file, 'user')).toBe(owner);
  });

  it('never makes the runtime, the agent, native code or nothing anybody’s', () => {
    const owner = ownerByPatterns(['**', '!**/x.js']);
    expect(owner('node:fs', 'node')).toBe('node');
    expect(owner('/app/node_modules/@streamgauge/agent/dist/x.js', 'agent')).toBe('agent');
    expect(owner('', 'native')).toBe('native');
    expect(owner('', 'user')).toBe('user');
  });
});

describe('an installed package of the team’s own', () => {
  const hang = (second: number) => ({
    operators: { enrich: { state: 'busy' as const, heldMs: second * 1000, inFlight: 1 } },
  });
  const packaged = ['dependency lookUp /app/node_modules/@acme/registry/index.js:7'];

  it('is to blame itself, with its line, in a stall and in a failure', async () => {
    const story = new Story({ userCode: ['**/node_modules/@acme/**'] }).hello().seconds(16, hang);
    story.answer({ await: packaged, resources: [] }).seconds(16, (second) => hang(16 + second));
    expect(story.open[0]).toMatchObject({ category: 'user' });
    expect(story.open[0]?.evidence.samples[0]?.frames[0]?.origin).toBe('user');
    story.event(failureOf('TypeError', 'x is not a function', packaged)).check();
    expect(story.open.find(({ type }) => type === 'failure')).toMatchObject({ category: 'user' });
  });

  it.each([
    [['**/node_modules/@acme/**'], 'user'],
    [[], 'system'],
  ])('is to blame where only the place of the operator’s code is known: %j', (userCode, category) => {
    const location = { function: 'take', file: '/app/node_modules/@acme/steps/index.js', line: 7 };
    const told = (second: number) => ({
      operators: { enrich: { state: 'busy' as const, heldMs: second * 1000, inFlight: 1, location } },
    });
    const story = new Story({ userCode }).hello().seconds(16, told);
    story.answer({ callbackOutstanding: true, resources: [] }).seconds(16, (second) => told(16 + second));
    expect(story.open[0]).toMatchObject({ mechanism: 'callback-lost', category });
    expect(story.open[0]?.evidence.location).toEqual({ ...location, column: 1 });
    expect(story.monitor.graph('index')?.operators[0]?.location).toEqual({ ...location, column: 1 });
  });
});
