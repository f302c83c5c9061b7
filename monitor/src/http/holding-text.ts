import { durationText } from '../incident/duration-text.ts';
import type { ConnectionFacts, PoolFacts } from '../model/holdings.ts';

/** Connections and pools for people, one line each. */
export function holdingLines(connections: readonly ConnectionFacts[], pools: readonly PoolFacts[]): string[] {
  return [...connections.map(connectionText), ...pools.map(poolText)];
}

/** One connection for a person, in one line: whose answer is outstanding, and since when. */
function connectionText(connection: ConnectionFacts): string {
  const { peer, tls, followed, connectingMs, owedMs, unsentBytes, requests, unreadAnswers } = connection;
  const { failedAttempts, failingMs, failure } = connection;
  const parts = [`connection ${peer}${tls ? ' (TLS)' : ''}`];
  if (!followed) parts.push('was there before the agent');
  if (failedAttempts > 0) parts.push(`${failedAttempts} attempts failed in ${durationText(failingMs)} (${failure})`);
  if (connectingMs > 0) parts.push(`connecting for ${durationText(connectingMs)}`);
  if (owedMs > 0) parts.push(`owes an answer for ${durationText(owedMs)}`);
  if (unsentBytes > 0) parts.push(`${unsentBytes} bytes not taken`);
  if (requests > 0) parts.push(`${requests} requests under way`);
  if (unreadAnswers > 0) parts.push(`${unreadAnswers} answers not read`);
  return parts.join(', ');
}

/** The same of a pool. */
function poolText({ kind, peer, size, inUse, making, owed, waiting, holder }: PoolFacts): string {
  const name = peer === '' ? kind : `${kind} ${peer}`;
  const unfinished = making > 0 ? `, ${making} being made` : '';
  const by = holder === '' ? '' : `, held by ${holder}`;
  return `pool ${name}: ${inUse} of ${size || 'any number'} in use${unfinished}, ${owed} owed an answer${by}, ${waiting} waiting`;
}
