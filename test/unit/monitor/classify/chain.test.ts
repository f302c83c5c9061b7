import { describe, expect, it } from 'vitest';
import { classifierTimeoutMs, classify } from '../../../../monitor/src/classify/chain.ts';
import type { Classification, Classifier } from '../../../../monitor/src/classify/classification.ts';
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

describe('the chain of classifiers', () => {
  const run = async (classifiers: readonly Classifier[]) => {
    const clock = new FakeClock();
    const decided = classify(subject, classifiers, (delayMs, callback) => clock.after(delayMs, callback));
    for (let turn = 0; turn < classifiers.length; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(classifierTimeoutMs);
    }
    return { decided: await decided, clock };
  };

  it('takes the first answer of a plugin and leaves no timer behind', async () => {
    const asked: string[] = [];
    const { decided, clock } = await run([
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
    expect(decided).toEqual({ ...answer, classifier: 'first' });
    expect(asked).toEqual(['silent']);
    expect(clock.timers).toBe(0);
  });

  it('falls back to the built-in ones when no plugin has an answer', async () => {
    expect((await run([{ name: 'silent', classify: async () => undefined }])).decided.classifier).toBe('unknown');
  });

  it('passes over a plugin that hangs, throws or rejects, and says so', async () => {
    const { decided } = await run([
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
  });

  const nonsense: readonly [string, unknown][] = [
    ['no object', 7],
    ['a category that is no text', { ...answer, category: 7 }],
    ['an empty mechanism', { ...answer, mechanism: '' }],
    ['a confidence above 1', { ...answer, confidence: 2 }],
    ['a confidence that is no number', { ...answer, confidence: Number.NaN }],
  ];
  for (const [what, given] of nonsense) {
    it(`passes over a plugin that answers with ${what}`, async () => {
      const { decided } = await run([{ name: 'odd', classify: () => given as Classification }]);
      expect(decided.classifier).toBe('unknown');
      expect(decided.reasons.at(-1)).toMatch(/^Classifier odd was passed over/);
    });
  }

  it('cuts what a plugin writes to a bounded length', async () => {
    const long = 'x'.repeat(10_000);
    const { decided } = await run([
      { name: 'talks', classify: () => ({ ...answer, category: long, reasons: Array(1000).fill(long) }) },
    ]);
    expect(decided.category.length).toBeLessThan(600);
    expect(decided.reasons).toHaveLength(20);
  });
});
