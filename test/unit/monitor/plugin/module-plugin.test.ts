import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished, test } from 'vitest';
import type { PluginReport } from '../../../../monitor/src/classify/chain.ts';
import type { Classifier } from '../../../../monitor/src/classify/classification.ts';
import { classifierTimeoutMs, type Plugin } from '../../../../monitor/src/classify/plugin.ts';
import { type OpenPlugins, openPlugins } from '../../../../monitor/src/plugin/open-plugins.ts';
import { until } from '../../../e2e/harness/until.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { caseOf, findingOf } from '../../../support/finding.ts';

const folder = mkdtempSync(join(tmpdir(), 'streamgauge-classifiers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const subject = caseOf(findingOf());
const module = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const classifier = (name: string, body: string, more = ''): string =>
  module(
    `${name}.mjs`,
    `export default { name: '${name}', ${more} async classify({ finding, evidence }) { ${body} } };`,
  );
const answer = `{ category: 'billing', mechanism: 'quota', confidence: 0.5, location: null, reasons: [finding.operator] }`;

/** Plugins on a clock that stands, whose threads are ended with the test. */
const open = (classifiers: readonly (Classifier | string)[], failureClassifiers: readonly string[] = []) => {
  const clock = new FakeClock();
  const reported: string[] = [];
  const report: PluginReport = {
    failed: (plugin, failure, message) => reported.push(`${plugin} ${failure}: ${message}`),
    labelsDropped: () => {},
  };
  const plugins = openPlugins({ classifiers, failureClassifiers, clock, report });
  onTestFinished(() => plugins.close());
  const [first] = plugins.classifiers as [Plugin];
  return { plugins, first, clock, reported };
};
const failureOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'answered',
    ({ failure, message }: { failure: string; message: string }) => `${failure}: ${message}`,
  );

describe('a classifier that is a module', () => {
  it('gets the case as plain data, in a thread of its own, and answers by its own name', async () => {
    const { plugins, first, reported } = open([
      classifier(
        'quota',
        `const { isMainThread } = await import('node:worker_threads'); if (isMainThread) return undefined; return ${answer};`,
        `outputKeys: ['team'],`,
      ),
    ]);
    expect(first.name).toBe('quota.mjs');
    await plugins.load();
    expect([first.name, first.outputKeys]).toEqual(['quota', ['team']]);
    expect(await first.ask(subject)).toEqual({
      category: 'billing',
      mechanism: 'quota',
      confidence: 0.5,
      location: null,
      reasons: ['enrich'],
    });
    expect(reported).toEqual([]);
  });

  it('may be TypeScript, and may have nothing to say', async () => {
    const { first } = open([
      module(
        'silent.ts',
        `const name: string = 'silent';\nexport default { name, classify: (): undefined => undefined };`,
      ),
    ]);
    expect(await first.ask(subject)).toBeUndefined();
  });

  test.each([
    ['throws', `throw new Error('broken')`, 'throw: broken'],
    ['answers with what is no plain data', `return { category: 1n }`, /^answer: its answer is no plain data/],
    ['answers at length', `return { category: 'x'.repeat(200_000) }`, /^answer: its answer is longer/],
    ['ends its process', `process.exit(3)`, 'crash: its thread ended with code 3'],
    [
      'uses all of its memory',
      `const kept = []; for (;;) kept.push(new Array(100_000).fill(kept.length));`,
      /^crash: its thread failed: .*memory/,
    ],
  ])('that %s is passed over, and asked again the next time', async (_, body, expected) => {
    const { first } = open([
      classifier(`fails${Math.abs(body.length)}`, `if (finding.operator === 'enrich') { ${body} } return ${answer};`),
    ]);
    expect(await failureOf(first.ask(subject))).toMatch(expected);
    expect(await first.ask(caseOf(findingOf({ operator: 'other' })))).toMatchObject({ reasons: ['other'] });
  });
});

describe('a module that spins', () => {
  /** Grows by one character whenever a case begins to spin. */
  const begun = join(folder, 'begun');
  const beat = join(folder, 'beat');
  const text = `const { appendFileSync, writeFileSync } = await import('node:fs');
    appendFileSync(${JSON.stringify(begun)}, '.');
    for (let turn = 0; ; turn += 1) writeFileSync(${JSON.stringify(beat)}, String(turn));`;
  const spins = () => classifier('spins', `if (finding.operator === 'enrich') { ${text} } return ${answer};`);
  const size = (): number => statSync(begun, { throwIfNoEntry: false })?.size ?? 0;
  /** What becomes of a case over which time runs out. */
  const outOfTime = async ({
    first,
    clock,
  }: {
    readonly first: Plugin;
    readonly clock: FakeClock;
  }): Promise<string> => {
    const before = size();
    const asked = first.ask(subject).then(String, (error: Error) => error.message);
    await until('the spinning', 15_000, () => (size() > before ? true : undefined));
    clock.advance(classifierTimeoutMs);
    return asked;
  };

  it('is ended when its time is over, and begun anew for the next case', async () => {
    const opened = open([spins()]);
    await opened.plugins.load();
    expect(await outOfTime(opened)).toBe('it gave no answer within 2 s');
    let last = '';
    await until('the end of the thread', 15_000, () => {
      const before = last;
      last = readFileSync(beat, 'utf8');
      // Empty: while it is being written.
      return last !== '' && last === before ? true : undefined;
    });
    expect(await opened.first.ask(caseOf(findingOf({ operator: 'other' })))).toMatchObject({ reasons: ['other'] });
  });

  it('does not use up the time of the case behind it', async () => {
    const opened = open([spins()]);
    await opened.plugins.load();
    const spinning = outOfTime(opened);
    const next = opened.first.ask(caseOf(findingOf({ operator: 'other' })));
    expect(await spinning).toBe('it gave no answer within 2 s');
    expect(await next).toMatchObject({ reasons: ['other'] });
  });

  it('is left alone for a minute after three times', async () => {
    const opened = open([spins()]);
    await opened.plugins.load();
    for (let time = 1; time <= 3; time += 1) expect(await outOfTime(opened)).toBe('it gave no answer within 2 s');
    const other = caseOf(findingOf({ operator: 'other' }));
    expect(await failureOf(opened.first.ask(other))).toMatch(/^timeout: it lost 3 threads one after the other/);
    expect(opened.plugins.faults()).toEqual([
      expect.stringMatching(/^classifier spins is not asked: it lost 3 threads/),
    ]);
    opened.clock.advance(60_000);
    expect(await opened.first.ask(other)).toMatchObject({ reasons: ['other'] });
    expect(opened.plugins.faults()).toEqual([]);
  });

  it('has room for a hundred cases that wait', async () => {
    const opened = open([spins()]);
    await opened.plugins.load();
    const spinning = outOfTime(opened);
    const other = caseOf(findingOf({ operator: 'other' }));
    const waiting = Array.from({ length: 100 }, () => failureOf(opened.first.ask(other)));
    expect(await waiting.at(-1)).toBe('busy: 100 cases wait for it already');
    await spinning;
    expect(new Set((await Promise.all(waiting)).slice(0, 99))).toEqual(new Set(['answered']));
  });
});

describe('a module that cannot be loaded', () => {
  test.each([
    ['is not there', join(folder, 'nowhere.mjs'), /Cannot find module/],
    ['throws', module('throws.mjs', `throw new Error('no licence')`), /no licence/],
    ['has no default export', module('empty.mjs', ''), /default export is no object/],
    ['has no function', module('bare.mjs', `export default { name: 'bare' }`), /has no classify function/],
    ['has odd keys', classifier('odd', '', `outputKeys: ['a b'],`), /has the output key "a b"/],
    ['ends', module('ends.mjs', 'process.exit(0)'), /its thread ended with code 0/],
  ])('because it %s is reported and nothing else happens', async (_, path, reason) => {
    const { plugins, first, reported } = open([path]);
    await plugins.load();
    expect(reported).toEqual([expect.stringMatching(/ load: it could not be loaded: /)]);
    expect(reported[0]).toMatch(reason);
    expect(plugins.faults()).toHaveLength(1);
    expect(await failureOf(first.ask(subject))).toMatch(/^load: /);
  });

  it('is looked for again after a minute', async () => {
    const path = join(folder, 'late.mjs');
    const { plugins, first, clock } = open([path]);
    await plugins.load();
    classifier('late', `return ${answer}`);
    expect(await failureOf(first.ask(subject))).toMatch(/^load: /);
    clock.advance(60_000);
    expect(await first.ask(subject)).toMatchObject({ category: 'billing' });
    expect(plugins.faults()).toEqual([]);
  });
});

describe('classifiers that stand in each other’s way', () => {
  const onLoop = (name: string, outputKeys: readonly string[] = []): Classifier => ({
    name,
    outputKeys,
    classify: () => undefined,
  });
  const faultOf = ({ plugins }: { readonly plugins: OpenPlugins }): Promise<string> =>
    plugins.load().then(
      () => 'none',
      (error: Error) => error.message,
    );

  it('are a fault of the configuration', async () => {
    const team = classifier('team', '', `outputKeys: ['team'],`);
    expect(await faultOf(open([team, onLoop('other', ['team'])]))).toMatch(
      /^The configuration has a fault: the classifier team: other declares the output key team as well/,
    );
    expect(await faultOf(open([team, onLoop('team')]))).toMatch(/another classifier has the same name/);
    expect(await faultOf(open([team, onLoop('other', ['page'])]))).toBe('none');
  });

  it('are none when it is the same one in both lists, nor two missing ones of one name', async () => {
    const same = classifier('same', '', `outputKeys: ['same'],`);
    const { plugins } = open([same], [same]);
    await plugins.load();
    expect(plugins.failureClassifiers[0]).toBe(plugins.classifiers[0]);
    const missing = ['/nowhere/a/x.mjs', '/nowhere/b/x.mjs', onLoop('x.mjs')];
    expect(await faultOf(open(missing))).toBe('none');
  });
});
