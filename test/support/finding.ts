import type { Case } from '../../monitor/src/classify/classification.ts';
import type { Finding } from '../../monitor/src/detect/finding.ts';

/** A finding of which a test names only what it is about; else the operator `enrich` has held a record for half a minute. */
export const findingOf = (more: Partial<Finding> = {}): Finding => ({
  rule: 'operator-stalled',
  type: 'stall',
  stage: 'found',
  job: 'index',
  worker: 'w1',
  session: 's',
  operatorId: 1,
  operator: 'enrich',
  ordinal: 0,
  heldMs: 30_000,
  thresholdMs: 30_000,
  sinceUnixMs: 0,
  severity: 'error',
  victims: [],
  missing: [],
  facts: {},
  ...more,
});

/** A finding without evidence, as classifiers see it. */
export const caseOf = (finding: Finding): Case => ({
  finding,
  operator: null,
  loop: null,
  evidence: [],
  failure: null,
});
