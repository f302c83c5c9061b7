import { expect, test } from 'vitest';
import { classifyBuiltIn } from '../../../../monitor/src/classify/built-in.ts';
import type { Finding } from '../../../../monitor/src/detect/finding.ts';
import { helpFor } from '../../../../monitor/src/incident/help.ts';
import { readEvidence } from '../../../../monitor/src/model/evidence.ts';
import { caseOf, findingOf } from '../../../support/finding.ts';
import { evidenceOf } from '../../../support/story.ts';

function decided(facts: Finding['facts']): string[] {
  const answer = classifyBuiltIn(caseOf(findingOf({ rule: 'connection-lost', facts })));
  return [`${answer.category} ${answer.mechanism} ${answer.confidence}`, helpFor('connection-lost', answer)];
}

test('a broker that is away must act, and its client dials again', () => {
  const [verdict, help] = decided({ lastFailure: 'ECONNREFUSED' });
  expect(verdict).toBe('dependency disconnected 0.9');
  expect(help).toMatch(/dials again by itself/);
});

test('a client that has given up for good does not dial again, whatever the broker does', () => {
  const [verdict, help] = decided({ lastFailure: 'not authorised', givenUp: true });
  expect(verdict).toBe('system disconnected 0.8');
  expect(help).toMatch(/Restart the worker/);
});

test('where to ask again is left to the program, it is the project that must act', () => {
  const [verdict, help] = decided({ lastFailure: 'Channel closed by server: 406', givenUp: true, leftToProgram: true });
  expect(verdict).toBe('user disconnected 0.8');
  expect(help).toMatch(/Listen to its close/);
});

test('commits that are refused are the broker’s matter, whatever call of the project is suspended meanwhile', () => {
  const { payload } = evidenceOf({ operatorId: 1, await: ['user enrich /app/enrich.mjs:5'] });
  if (payload.case !== 'evidence') throw new Error('no evidence');
  const evidence = [readEvidence(payload.value, 0n)];
  const decided = (leg: string): string => {
    const subject = caseOf(findingOf({ facts: { leg, failuresSinceProgress: 3 } }));
    return classifyBuiltIn({ ...subject, evidence }).category;
  };
  expect([decided('commit'), decided('handle')]).toEqual(['dependency', 'user']);
});

test('a handler that throws is told at the line that threw, and who must act by the code of its error', () => {
  const { payload } = evidenceOf({
    operatorId: 1,
    threw: ['node connect node:net:9', 'dependency send /app/node_modules/db/index.js:3', 'user book /app/book.mjs:14'],
  });
  if (payload.case !== 'evidence') throw new Error('no evidence');
  const evidence = [readEvidence(payload.value, 0n)];
  const decided = (facts: Finding['facts']): string => {
    const subject = caseOf(findingOf({ facts: { leg: 'handle', ...facts } }));
    const { category, mechanism, location } = classifyBuiltIn({ ...subject, evidence });
    return `${category} ${mechanism} ${location?.line}`;
  };
  expect(decided({ failuresSinceProgress: 3, lastFailure: 'no such account' })).toBe('user failing 14');
  expect(decided({ failuresSinceProgress: 3, lastFailure: 'connect ECONNREFUSED 10.0.0.1:5432' })).toBe(
    'dependency failing 14',
  );
  expect(decided({ failuresSinceProgress: 3, lastFailure: 'ENOSPC: no space left' })).toBe('resource failing 14');
  expect(decided({ givenUp: true, lastFailure: 'x is undefined' }), 'the consumer is over').toBe(
    'user uncaught-error 14',
  );
});
