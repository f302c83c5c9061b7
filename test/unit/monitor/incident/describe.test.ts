import { expect, it } from 'vitest';
import type { Case } from '../../../../monitor/src/classify/classification.ts';
import { describe as describeCase } from '../../../../monitor/src/incident/describe.ts';
import { caseOf, findingOf } from '../../../support/finding.ts';

const subject = caseOf(
  findingOf({
    rule: 'loop-blocked',
    heldMs: 1200.4,
    thresholdMs: 1000,
    victims: [{ worker: 'w1', operatorId: 2, operator: 'v' }],
    missing: ['A report was dropped.'],
    facts: { silentMs: 1200 },
  }),
);
const decided = {
  category: 'dependency',
  mechanism: 'await-pending',
  confidence: 0.7,
  location: null,
  reasons: ['Because.'],
  classifier: 'await-pending',
};

it('an incident carries the rule, what it compared with what, its other inputs, who decided why, and what is missing', () => {
  const description = describeCase(subject, decided, ['No answer.', 'A report was dropped.']);
  expect(description).toMatchObject({ rule: 'loop-blocked', classifier: 'await-pending', reasons: ['Because.'] });
  expect(description.evidence.loop).toEqual({ heldMs: 1200, thresholdMs: 1000, silentMs: 1200 });
  expect(description.evidence.missing).toEqual(['A report was dropped.', 'No answer.']);
  expect(description.victims).toEqual([{ worker: 'w1', operator: 'v' }]);
});

it.each([
  ['dependency', /^Look at the peer/],
  ['resource', /^Look at what is used up/],
  ['user', /^Open the named line/],
])('what to do next fits the category %s, not only the mechanism', (category, help) => {
  const stalled: Case = { ...subject, finding: { ...subject.finding, rule: 'operator-stalled' } };
  expect(describeCase(stalled, { ...decided, category }, []).help).toMatch(help);
});
