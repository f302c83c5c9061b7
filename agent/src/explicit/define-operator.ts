import { userCallSite } from '../operator/call-site.ts';
import { findMainHelper } from '../sample/main-helper.ts';
import { type CheckedDefinition, checkDefinition } from './definition.ts';
import type { CountedOperatorHandle, OperatorDefinition, RecordOperatorHandle } from './handles.ts';
import { unwatchedCountedOperator, unwatchedOperator } from './unwatched.ts';

/**
 * Defines an operator whose records the program announces itself: a poller, a queue consumer, a batch step. They may end in any
 * order. Without a running agent what it gives takes everything and does nothing, so this may stay in code that also runs
 * unwatched; an operator that was defined before the agent started is not watched.
 * Throws AgentError OPERATOR for a definition that cannot be used.
 */
export function defineOperator(name: string, definition: OperatorDefinition = {}): RecordOperatorHandle {
  const checked = located(checkDefinition(name, definition), defineOperator);
  return findMainHelper()?.defineOperator?.(checked) ?? unwatchedOperator(name);
}

/** The same for an operator that ends its records in the order in which they came: counting is enough, and costs least. */
export function defineCountedOperator(name: string, definition: OperatorDefinition = {}): CountedOperatorHandle {
  const checked = located(checkDefinition(name, definition), defineCountedOperator);
  return findMainHelper()?.defineCountedOperator?.(checked) ?? unwatchedCountedOperator(name);
}

/** Defines an operator that begins a dataflow: `defineOperator` with the kind "source". */
export function defineSource(name: string, definition: Omit<OperatorDefinition, 'kind'> = {}): RecordOperatorHandle {
  const checked = located(checkDefinition(name, { ...definition, kind: 'source' }), defineSource);
  return findMainHelper()?.defineOperator?.(checked) ?? unwatchedOperator(name);
}

// biome-ignore lint/complexity/noBannedTypes: any function of this file
function located(definition: CheckedDefinition, caller: Function): CheckedDefinition {
  return definition.location !== undefined ? definition : { ...definition, location: userCallSite(caller) };
}
