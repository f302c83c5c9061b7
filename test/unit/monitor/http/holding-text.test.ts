import { expect, it } from 'vitest';
import { holdingLines } from '../../../../monitor/src/http/holding-text.ts';
import { readEvidence } from '../../../../monitor/src/model/evidence.ts';
import { evidenceOf } from '../../../support/story.ts';

it('connections and pools are told in one line each, with what is outstanding on them', () => {
  const { payload } = evidenceOf({
    connections: [
      { owedMs: 15_000, unsentBytes: 12, requests: 2, unread: 1 },
      { peer: 'db.internal:5432', connectingMs: 2000 },
      { peer: '127.0.0.1:6379', failures: 3, failingMs: 4000, failure: 'ECONNREFUSED' },
      { peer: '127.0.0.1:80', followed: false },
    ],
    pools: [
      { peer: '10.0.0.1:9000', size: 2, inUse: 2, making: 1, owed: 1, waiting: 3 },
      { kind: 'undici', size: 0, inUse: 1, waiting: 0 },
    ],
  });
  if (payload.case !== 'evidence') throw new Error('no evidence');
  const { connections, pools } = readEvidence(payload.value, 0n);
  expect(holdingLines(connections, pools)).toEqual([
    'connection 10.0.0.1:9000, owes an answer for 15 s, 12 bytes not taken, 2 requests under way, 1 answers not read',
    'connection db.internal:5432, connecting for 2.0 s',
    'connection 127.0.0.1:6379, 3 attempts failed in 4.0 s (ECONNREFUSED)',
    'connection 127.0.0.1:80, was there before the agent',
    'pool pg-pool 10.0.0.1:9000: 2 of 2 in use, 1 being made, 1 owed an answer, 3 waiting',
    'pool undici: 1 of any number in use, 0 owed an answer, 0 waiting',
  ]);
});
