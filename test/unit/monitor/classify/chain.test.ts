import { describe, expect, it } from 'vitest';
import { classify, type PluginReport, pluginsFor } from '../../../../monitor/src/classify/chain.ts';
import type { Classification, Classifier, ClassifierAnswer } from '../../../../monitor/src/classify/classification.ts';
import { classifierTimeoutMs, type Plugin, pluginOnLoop } from '../../../../monitor/src/classify/plugin.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { caseOf, findingOf } from '../../../support/finding.ts';

const subject = caseOf(findingOf());
const answer: Classification = {
  category: 'billing',
  mechanism: 'quota',
  confidence: 0.5,
  location: null,
  reasons: ['because'],
};

const run = async (classifiers: readonly Classifier[]) => {
  const clock = new FakeClock();
  const reported: string[] = [];
  const report: PluginReport = {
    failed: (plugin, failure) => reported.push(`${plugin} ${failure}`),
    labelsDropped: (plugin, count) => reported.push(`${plugin} dropped ${count}`),
  };
  const plugins = classifiers.map((one) => pluginOnLoop(one, (delayMs, callback) => clock.after(delayMs, callback)));
  const decided = classify(subject, plugins, report);
  for (let turn = 0; turn < classifiers.length; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(classifierTimeoutMs);
  }
  return { decided: await decided, clock, reported };
};

describe('the chain of classifiers', () => {
  it('takes the first answer of a plugin and leaves no timer behind', async () => {
    const asked: string[] = [];
    const { decided, clock, reported } = await run([
      {
        name: 'silent',
        classify: () => {
          asked.push('silent');
          return undefined;
        },
      },
      { name: 'first', classify: () => answer },
      {
        name: 'second',
        classify: () => {
          asked.push('second');
          return answer;
        },
      },
    ]);
    expect(decided).toEqual({ ...answer, classifier: 'first', labels: {} });
    expect(asked).toEqual(['silent']);
    expect(clock.timers).toBe(0);
    expect(reported).toEqual([]);
  });

  it('falls back to the built-in ones when no plugin has an answer', async () => {
    expect((await run([{ name: 'silent', classify: async () => undefined }])).decided.classifier).toBe('unknown');
  });

  it('passes over a plugin that hangs, throws or rejects, and says so', async () => {
    const { decided, reported } = await run([
      { name: 'hangs', classify: () => new Promise(() => {}) },
      {
        name: 'throws',
        classify: () => {
          throw new Error('broken');
        },
      },
      { name: 'rejects', classify: () => Promise.reject(new Error('no')) },
    ]);
    expect(decided.classifier).toBe('unknown');
    expect(decided.reasons.slice(-3)).toEqual([
      'Classifier hangs was passed over: it gave no answer within 2 s',
      'Classifier throws was passed over: broken',
      'Classifier rejects was passed over: no',
    ]);
    expect(reported).toEqual(['hangs timeout', 'throws throw', 'rejects throw']);
  });

  const nonsense: readonly [string, unknown][] = [
    ['no object', 7],
    ['a category that is no text', { ...answer, category: 7 }],
    ['an empty mechanism', { ...answer, mechanism: '' }],
    ['a confidence above 1', { ...answer, confidence: 2 }],
    ['a confidence that is no number', { ...answer, confidence: Number.NaN }],
    ['labels that are no object', { ...answer, labels: 'x' }],
    ['nothing in it', {}],
  ];
  for (const [what, given] of nonsense) {
    it(`passes over a plugin that answers with ${what}`, async () => {
      const { decided, reported } = await run([{ name: 'odd', classify: () => given as Classification }]);
      expect(decided.classifier).toBe('unknown');
      expect(decided.reasons.at(-1)).toMatch(/^Classifier odd was passed over/);
      expect(reported).toEqual(['odd answer']);
    });
  }

  it('cuts what a plugin writes to a bounded length', async () => {
    const long = 'x'.repeat(10_000);
    const { decided } = await run([
      {
        name: 'talks',
        outputKeys: ['said'],
        classify: () => ({ ...answer, category: long, reasons: Array(1000).fill(long), labels: { said: long } }),
      },
    ]);
    expect(decided.category.length).toBeLessThan(600);
    expect(decided.reasons).toHaveLength(20);
    expect(decided.labels?.said?.length).toBeLessThan(300);
  });
});

describe('labels', () => {
  const labeller = (name: string, outputKeys: readonly string[], said: ClassifierAnswer): Classifier => ({
    name,
    outputKeys,
    classify: () => said,
  });

  it('of all plugins are put together, also of those behind the one that decides', async () => {
    const { decided } = await run([
      labeller('before', ['team'], { labels: { team: 'orders' } }),
      labeller('decides', ['quota'], { ...answer, labels: { quota: 'monthly' } }),
      labeller('behind', ['runbook'], { ...answer, category: 'other', labels: { runbook: 'R12' } }),
    ]);
    expect(decided).toMatchObject({ classifier: 'decides', category: 'billing' });
    expect(decided.labels).toEqual({ team: 'orders', quota: 'monthly', runbook: 'R12' });
  });

  it('stand beside a built-in decision', async () => {
    const { decided } = await run([labeller('team', ['team'], { labels: { team: 'orders' } })]);
    expect([decided.classifier, decided.labels]).toEqual(['unknown', { team: 'orders' }]);
  });

  it('of keys that are not declared, or that are no text, are left out and counted', async () => {
    const labels = { team: 'orders', page: 7, other: 'x', ['__proto__']: 'y' } as unknown as Record<string, string>;
    const { decided, reported } = await run([labeller('team', ['team', 'page', 'absent'], { labels })]);
    expect(decided.labels).toEqual({ team: 'orders' });
    expect(reported).toEqual(['team dropped 3']);
  });

  it('are given although another plugin hangs', async () => {
    const { decided } = await run([
      labeller('decides', [], answer),
      { name: 'hangs', outputKeys: ['a'], classify: () => new Promise(() => {}) },
      labeller('team', ['team'], { labels: { team: 'orders' } }),
    ]);
    expect(decided.labels).toEqual({ team: 'orders' });
    expect(decided.reasons.at(-1)).toContain('Classifier hangs was passed over');
  });
});

describe('who is asked', () => {
  const plugin = (name: string): Plugin => ({ name, outputKeys: [], ask: async () => undefined });
  const [both, failuresOnly, always] = [plugin('both'), plugin('failures only'), plugin('always')];
  const plugins = { classifiers: [always, both], failureClassifiers: [failuresOnly, both] };

  it.each([
    ['a stall', findingOf(), ['always', 'both']],
    ['a failure', findingOf({ rule: 'failure', type: 'failure' }), ['failures only', 'both', 'always']],
  ] as const)('about %s', (_, finding, expected) => {
    expect(pluginsFor(caseOf(finding), plugins).map(({ name }) => name)).toEqual(expected);
  });
});
