import { durationText } from '../incident/duration-text.ts';
import type { OperatorView } from '../progress-monitor.ts';

/** Text of a worker is cut to this many characters on pages. */
const maxText = 80;

/**
 * What else a person should know of an operator, in one line: its step and thread, why it is paused, what it holds, what waits
 * for it, and what goes wrong. Empty for most. Plain text, not yet fit for a page.
 */
export function aboutOperator(operator: OperatorView): string {
  const { leg, thread, pauseReason, oldest, pending, disconnectedMs, failures, lastFailure } = operator;
  const parts: string[] = [];
  if (leg !== null) parts.push(leg);
  if (thread > 0) parts.push(`thread ${thread}`);
  if (pauseReason !== '') parts.push(`paused by ${cut(pauseReason)}`);
  if (disconnectedMs > 0) parts.push(`without connection for ${durationText(disconnectedMs)}`);
  if (oldest !== null)
    parts.push(`oldest record ${oldest.key === '' ? '' : `${cut(oldest.key)} `}for ${durationText(oldest.ageMs)}`);
  if (pending !== null && pending > 0) parts.push(`${pending} wait outside`);
  if (failures > 0) parts.push(`${failures} failed${lastFailure === '' ? '' : `, last: ${cut(lastFailure)}`}`);
  return parts.join(', ');
}

function cut(text: string): string {
  return text.length > maxText ? `${text.slice(0, maxText)}…` : text;
}
