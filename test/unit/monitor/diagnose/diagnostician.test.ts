import type { SampleRequest } from '@streamgauge/proto';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../../monitor/src/detect/finding.ts';
import { Diagnostician, defaultDiagnosisLimits } from '../../../../monitor/src/diagnose/diagnostician.ts';
import { runningOperator } from '../../../../monitor/src/diagnose/running-operator.ts';
import { readEvidence, type WorkerEvidence } from '../../../../monitor/src/model/evidence.ts';
import { readReport } from '../../../../monitor/src/model/read-report.ts';
import { findingOf } from '../../../support/finding.ts';
import { type EvidenceWords, evidenceOf, reportOf } from '../../../support/story.ts';

const finding = (operatorId: number, rule: Finding['rule'] = 'operator-stalled', worker = 'w1'): Finding =>
  findingOf({ rule, stage: 'suspected', worker, operatorId, operator: `o${operatorId}` });
const evidence = (words: EvidenceWords): WorkerEvidence => {
  const { payload, atUnixNano } = evidenceOf(words);
  if (payload.case !== 'evidence') throw new Error('no evidence');
  return readEvidence(payload.value, atUnixNano);
};

const worker = { worker: 'w1', session: 's' };

function setUp(maxSubjects = 100) {
  const requests: SampleRequest[] = [];
  const link = { connected: true };
  const diagnostician = new Diagnostician({
    limits: { ...defaultDiagnosisLimits, maxSubjects },
    newId: () => `r${requests.length + 1}`,
    request: (_worker, request) => {
      if (link.connected) requests.push(request);
      return link.connected;
    },
  });
  return { requests, link, diagnostician };
}

describe('the diagnostician', () => {
  it('asks again what did not answer, for long once per operator and minute, and each operator by itself', () => {
    const { requests, diagnostician } = setUp();
    for (let second = 0; second < 600; second += 1) {
      diagnostician.consider(finding(1), second * 1000);
      if (second === 5) diagnostician.consider(finding(2), second * 1000);
      diagnostician.sweep(second * 1000);
    }
    expect(requests.filter(({ operatorId }) => operatorId === 2)).toHaveLength(1);
    expect(requests.filter(({ operatorId }) => operatorId === 1)).toHaveLength(2 + 9);
  });

  it('keeps a sample for the standstill that becomes an incident, however many were suspected before', () => {
    const { requests, diagnostician } = setUp();
    for (let second = 0; second < 20; second += 1) {
      const suspected = finding(1);
      diagnostician.consider(suspected, second * 1000);
      diagnostician.take(
        worker,
        evidence({ requestId: `r${requests.length}`, operatorId: 1, await: [] }),
        second * 1000,
      );
      diagnostician.clear(suspected);
    }
    expect(requests).toHaveLength(2);
    const found = { ...finding(1), stage: 'found' as const };
    diagnostician.consider(found, 20_000);
    expect(requests).toHaveLength(3);
  });

  it('asks again when the first sample told nothing and the standstill has become an incident', () => {
    const { requests, diagnostician } = setUp();
    diagnostician.consider(finding(1), 0);
    diagnostician.take(worker, evidence({ requestId: 'r1', operatorId: 1, missing: ['await stacks: too dear'] }), 100);
    diagnostician.consider(finding(1), 1000);
    expect(requests).toHaveLength(1);
    const found = { ...finding(1), stage: 'found' as const };
    diagnostician.consider(found, 2000);
    expect(requests).toHaveLength(2);
    diagnostician.take(worker, evidence({ requestId: 'r2', operatorId: 1, callbackOutstanding: true }), 2100);
    diagnostician.consider(found, 3000);
    expect(requests).toHaveLength(2);
  });

  it('takes a second answer to the same request in place of the first, until another one is asked for', () => {
    const { diagnostician } = setUp();
    diagnostician.consider(finding(1), 0);
    diagnostician.take(worker, evidence({ requestId: 'r1', operatorId: 1 }), 100);
    const second = evidence({ requestId: 'r1', operatorId: 1, callbackOutstanding: true });
    expect(diagnostician.take(worker, second, 2000)).toBe(true);
    expect(diagnostician.fileOf(finding(1)).evidence).toMatchObject([{ requestId: 'r1', callbackOutstanding: true }]);
    diagnostician.clear(finding(1));
    expect(diagnostician.take(worker, second, 2100)).toBe(false);
  });

  it('asks nothing about workers that cannot answer', () => {
    const { requests, diagnostician } = setUp();
    diagnostician.consider(finding(0, 'worker-lost'), 0);
    diagnostician.consider(finding(1, 'failure'), 0);
    expect(requests).toEqual([]);
  });

  it('asks nothing of a worker that is gone, and files what it has sent under the operator, apart from older answers', () => {
    const { requests, diagnostician } = setUp();
    diagnostician.consider(finding(1), 0);
    diagnostician.take(worker, evidence({ requestId: 'r1', operatorId: 1 }), 0);
    const left = finding(1, 'left-undone');
    diagnostician.consider(left, 1000);
    expect(requests).toHaveLength(1);
    expect(diagnostician.expects(left, 1199)).toBe(true);
    expect(diagnostician.expects(left, 1200)).toBe(false);
    diagnostician.take(worker, evidence({ trigger: 'loop-drained', operatorId: 1 }), 1200);
    diagnostician.take({ ...worker, session: 'next' }, evidence({ trigger: 'loop-drained', operatorId: 1 }), 1200);
    diagnostician.clear(finding(1));
    expect(diagnostician.fileOf(left).evidence.map(({ trigger }) => trigger)).toEqual(['loop-drained']);
    for (let second = 2; second < 120; second += 1) {
      diagnostician.consider(left, second * 1000);
      diagnostician.sweep(second * 1000);
    }
    expect(diagnostician.fileOf(left).evidence).toHaveLength(1);
  });

  it('tries again at the next round when the worker was not connected', () => {
    const { requests, link, diagnostician } = setUp();
    link.connected = false;
    diagnostician.consider(finding(1), 0);
    expect(diagnostician.fileOf(finding(1)).missing).toEqual([
      'No sample could be asked for because the worker was not connected.',
    ]);
    link.connected = true;
    diagnostician.consider(finding(1), 1000);
    expect(requests).toHaveLength(1);
    expect(diagnostician.fileOf(finding(1)).missing).toEqual([]);
  });

  it('takes an answer that comes after its time while the standstill lasts, and none after it', () => {
    const { diagnostician } = setUp();
    diagnostician.consider(finding(1), 0);
    diagnostician.sweep(10_000);
    expect(diagnostician.fileOf(finding(1)).missing).toHaveLength(1);
    expect(diagnostician.take(worker, evidence({ requestId: 'r1' }), 11_000)).toBe(true);
    expect(diagnostician.fileOf(finding(1))).toMatchObject({ missing: [], evidence: [{ requestId: 'r1' }] });
    diagnostician.clear(finding(1));
    expect(diagnostician.fileOf(finding(1)).evidence).toEqual([]);
    expect(diagnostician.take(worker, evidence({ requestId: 'r1' }), 12_000)).toBe(false);
    expect(diagnostician.counters.unclaimed).toBe(1);
  });

  it('waits for the watchdog of a blocked loop, and asks when it says nothing', () => {
    const { requests, diagnostician } = setUp();
    const loop = finding(0, 'loop-blocked');
    diagnostician.consider(loop, 0);
    expect(diagnostician.expects(loop, 199)).toBe(true);
    expect(diagnostician.expects(loop, 200)).toBe(false);
    diagnostician.consider(loop, 999);
    expect(requests).toEqual([]);
    diagnostician.consider(loop, 1000);
    expect(requests).toHaveLength(1);
  });

  it('holds evidence of the watchdog for a while, then forgets it', () => {
    const { diagnostician } = setUp();
    const loop = finding(0, 'loop-blocked');
    diagnostician.take(worker, evidence({ trigger: 'loop-blocked' }), 0);
    diagnostician.sweep(29_999);
    expect(diagnostician.fileOf(loop).evidence).toHaveLength(1);
    diagnostician.sweep(30_000);
    expect(diagnostician.fileOf(loop).evidence).toEqual([]);
  });

  it('begins anew when the loop is blocked again after it had come back', () => {
    const { diagnostician } = setUp();
    for (const trigger of ['loop-blocked', 'loop-resumed', 'loop-blocked'] as const) {
      diagnostician.take(worker, evidence({ trigger }), 0);
    }
    expect(diagnostician.fileOf(finding(0, 'loop-blocked')).evidence.map(({ trigger }) => trigger)).toEqual([
      'loop-blocked',
    ]);
  });

  it('keeps the first and the newest evidence of a long block', () => {
    const { diagnostician } = setUp();
    for (let piece = 1; piece <= 20; piece += 1) {
      diagnostician.take(worker, evidence({ trigger: 'loop-blocked', operatorId: piece }), piece);
    }
    const kept = diagnostician.fileOf(finding(0, 'loop-blocked')).evidence.map(({ operatorId }) => operatorId);
    expect(kept).toEqual([1, 18, 19, 20]);
  });

  it('remembers a bounded number of subjects, and counts what it drops', () => {
    const { diagnostician } = setUp(10);
    for (let id = 1; id <= 25; id += 1) diagnostician.consider(finding(id), id);
    expect(diagnostician.counters.dropped).toBe(15);
  });
});

describe('the operator behind a blocked loop', () => {
  const snapshot = readReport(
    reportOf({
      operators: {
        read: { location: { function: '_transform', file: '/app/read.mjs', line: 5 } },
        enrich: { location: { function: '_transform', file: '/app/enrich.mjs', line: 9 } },
        copy: { location: { function: 'copy', file: '/app/all.mjs', line: 1 } },
        'copy#2': { location: { function: 'copy', file: '/app/all.mjs', line: 1 } },
      },
    }),
    10,
  );

  it('is the one the worker tied its evidence to', () => {
    expect(
      runningOperator([evidence({ operatorId: 1, cpu: ['user _transform /app/enrich.mjs:11'] })], snapshot)?.name,
    ).toBe('read');
  });

  it('is else the one whose own function is among the frames', () => {
    const frames = [
      'user helper /app/read.mjs:40',
      'user _transform /app/enrich.mjs:11',
      'user _transform /app/read.mjs:6',
    ];
    expect(runningOperator([evidence({ cpu: frames })], snapshot)?.name).toBe('enrich');
  });

  it('is nobody when two operators share the function, or none has it', () => {
    expect(runningOperator([evidence({ cpu: ['user copy /app/all.mjs:3'] })], snapshot)).toBeUndefined();
    expect(runningOperator([evidence({ cpu: ['user main /app/main.mjs:3'] })], snapshot)).toBeUndefined();
    expect(runningOperator([evidence({ operatorId: 1 })], null)).toBeUndefined();
  });
});
