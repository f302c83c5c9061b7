import { expect, it, describe as suite } from 'vitest';
import { classifyBuiltIn } from '../../../../monitor/src/classify/built-in.ts';
import type { Finding } from '../../../../monitor/src/detect/finding.ts';
import { dedupKey } from '../../../../monitor/src/incident/dedup-key.ts';
import { type Description, describe } from '../../../../monitor/src/incident/describe.ts';
import { IncidentBook } from '../../../../monitor/src/incident/incident-book.ts';
import { caseOf, findingOf } from '../../../support/finding.ts';

const finding = (more: Partial<Finding> = {}): Finding => findingOf({ sinceUnixMs: 1_000_000, ...more });
const plain = (found: Finding): Description => {
  const subject = caseOf(found);
  return describe(subject, classifyBuiltIn(subject), []);
};
const at = (ms: number) => ({ monotonicMs: ms, unixMs: 1_030_000 + ms });
const decided = { undecided: new Set<never>() };

function book(maxOpen = 100): IncidentBook {
  let ids = 0;
  return new IncidentBook({ resolveAfterMs: 2000, updatePauseMs: 1000, maxOpen }, () => `id-${++ids}`);
}

suite('the incident book', () => {
  it('opens nothing on a suspicion', () => {
    const round = book().reconcile('w1', { findings: [finding({ stage: 'suspected' })], ...decided }, plain, at(0), 0);
    expect(round.events).toEqual([]);
  });

  it('goes on while the verdict is only suspected again: the leave threshold is below the entry', () => {
    const incidents = book();
    incidents.reconcile('w1', { findings: [finding()], ...decided }, plain, at(0), 0);
    for (let second = 1; second < 20; second += 1) {
      const { events } = incidents.reconcile(
        'w1',
        { findings: [finding({ stage: 'suspected' })], ...decided },
        plain,
        at(second * 1000),
        1000,
      );
      expect(events).toEqual([]);
    }
    expect(incidents.open()).toHaveLength(1);
  });

  it('resolves only after the verdict has stayed away for the whole time, in one piece', () => {
    const incidents = book();
    const away = { findings: [], ...decided };
    incidents.reconcile('w1', { findings: [finding()], ...decided }, plain, at(0), 0);
    expect(incidents.reconcile('w1', away, plain, at(1), 1999).events).toEqual([]);
    incidents.reconcile('w1', { findings: [finding()], ...decided }, plain, at(2), 1);
    expect(incidents.reconcile('w1', away, plain, at(3), 1999).events).toEqual([]);
    const { events, ended } = incidents.reconcile('w1', away, plain, at(4), 1);
    expect(events.map(({ event }) => event)).toEqual(['incident.resolved']);
    expect(ended.map(({ operator }) => operator)).toEqual(['enrich']);
  });

  it('counts nothing towards resolving while the rule is undecided', () => {
    const incidents = book();
    incidents.reconcile('w1', { findings: [finding()], ...decided }, plain, at(0), 0);
    const unsure = { findings: [], undecided: new Set(['operator-stalled'] as const) };
    expect(incidents.reconcile('w1', unsure, plain, at(1), 60_000).events).toEqual([]);
    expect(incidents.open()).toHaveLength(1);
  });

  it('keeps two operators of the same name apart, and their keys with them', () => {
    const incidents = book();
    const twins = [finding(), finding({ operatorId: 2, ordinal: 1 })];
    incidents.reconcile('w1', { findings: twins, ...decided }, plain, at(0), 0);
    expect(new Set(incidents.open().map(({ dedupKey: key }) => key)).size).toBe(2);
  });

  it('tells an update of the victims at most once a second', () => {
    const incidents = book();
    const growing = (count: number): Finding =>
      finding({
        victims: Array.from({ length: count }, (_, index) => ({
          worker: 'w1',
          operatorId: index,
          operator: `v${index}`,
        })),
      });
    incidents.reconcile('w1', { findings: [growing(0)], ...decided }, plain, at(0), 0);
    const told: number[] = [];
    for (let step = 1; step <= 30; step += 1) {
      const { events } = incidents.reconcile(
        'w1',
        { findings: [growing(step)], ...decided },
        plain,
        at(step * 100),
        100,
      );
      if (events.length > 0) told.push(step * 100);
    }
    expect(told).toEqual([1000, 2000, 3000]);
    expect(incidents.open()[0]?.victims).toHaveLength(30);
  });

  it('refuses incidents beyond its limit and counts them', () => {
    const incidents = book(1);
    const many = [finding(), finding({ operatorId: 2, operator: 'other' })];
    expect(incidents.reconcile('w1', { findings: many, ...decided }, plain, at(0), 0).events).toHaveLength(1);
    expect(incidents.refused).toBe(1);
    incidents.reconcile('w1', { findings: [], ...decided }, plain, at(1), 5000);
    expect(
      incidents.reconcile('w1', { findings: [many[1] as Finding], ...decided }, plain, at(2), 0).events,
    ).toHaveLength(1);
  });

  it('ends one blocked loop and begins another when the operator is another one', () => {
    const incidents = book();
    const loop = (operator: string, sinceMonotonicMs: number): Finding =>
      finding({ rule: 'loop-blocked', operator, operatorId: operator.length, sinceMonotonicMs });
    incidents.reconcile('w1', { findings: [loop('a', 1_000_000)], ...decided }, plain, at(0), 0);
    const { events } = incidents.reconcile('w1', { findings: [loop('bb', 1_001_000)], ...decided }, plain, at(1), 2000);
    expect(events.map(({ event, incident }) => `${event} ${incident.operator}`)).toEqual([
      'incident.opened bb',
      'incident.resolved a',
    ]);
  });

  it('stays with the first operator while the loop has not turned since, whatever runs on the way back', () => {
    const incidents = book();
    const loop = (operator: string, sinceMonotonicMs: number): Finding =>
      finding({ rule: 'loop-blocked', operator, operatorId: operator.length, sinceMonotonicMs });
    incidents.reconcile('w1', { findings: [loop('a', 1_000_000)], ...decided }, plain, at(0), 0);
    const { events } = incidents.reconcile('w1', { findings: [loop('bb', 1_000_050)], ...decided }, plain, at(1), 2000);
    expect(events).toEqual([]);
    expect(incidents.open().map(({ operator }) => operator)).toEqual(['a']);
  });

  it('has a key that is 64 hex digits and changes with each of type, job, worker, operator and rule', () => {
    const variants = [
      finding(),
      finding({ type: 'backpressure' }),
      finding({ job: 'x' }),
      finding({ worker: 'x' }),
      finding({ operator: 'x' }),
      finding({ rule: 'nobody-reads' }),
      finding({ ordinal: 1 }),
      // The parts must not run into each other.
      finding({ job: 'indexw', worker: '1' }),
    ].map(dedupKey);
    expect(new Set(variants).size).toBe(variants.length);
    for (const key of variants) expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(dedupKey(finding({ session: 'other', heldMs: 1, operatorId: 77 }))).toBe(dedupKey(finding()));
  });
});
