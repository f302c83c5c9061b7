import { createHash } from 'node:crypto';
import type { Finding } from '../detect/finding.ts';

/**
 * The key under which other systems fold repeats of the same trouble: SHA-256 in hex of type, job, worker, operator and rule.
 * It is the same after a restart of the worker or of the monitor. Operators of the same name are told apart by their place
 * among them, from the second on.
 */
export function dedupKey(finding: Finding): string {
  const parts: (string | number)[] = [finding.type, finding.job, finding.worker, finding.operator, finding.rule];
  if (finding.ordinal > 0) parts.push(finding.ordinal);
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
