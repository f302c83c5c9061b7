import type { OperatorHistory } from '../model/operator-history.ts';
import type { OperatorSnapshot } from '../model/snapshot.ts';
import type { Finding } from './finding.ts';

/** What an operator tells about itself beyond its numbers, as facts of a finding; what it does not tell is left out. */
export function toldFacts(operator: OperatorSnapshot, history: OperatorHistory | undefined): Finding['facts'] {
  const { leg, pending, oldestMs, oldestKey, failures, lastFailure, givenUp, leftToProgram } = operator;
  return {
    ...(leg !== null && { leg }),
    ...(pending !== null && { pending }),
    ...(oldestMs > 0 && { oldestMs: Math.round(oldestMs) }),
    ...(oldestKey !== '' && { oldestKey }),
    ...(failures > 0 && { failures, failuresSinceProgress: history?.failuresSinceProgress ?? 0 }),
    ...(lastFailure !== '' && { lastFailure }),
    ...(givenUp && { givenUp }),
    ...(leftToProgram && { leftToProgram }),
  };
}
