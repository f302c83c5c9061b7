import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assess } from '../../monitor/src/detect/assess.ts';
import { readReport } from '../../monitor/src/model/read-report.ts';
import { advance, connectWindow, readFacts } from '../../monitor/src/model/worker-window.ts';
import { helloOf, limits, reportOf } from '../support/story.ts';
import { type Fault, FlowModel, nameOf, type OperatorPlan } from './support/flow-model.ts';

const seconds = 80;
const mostOperators = 8;

/** Trees, chains, diamonds, several sources and several sinks: every operator takes from up to two that come before it. */
const flow = fc
  .array(
    fc.record({
      inputs: fc.uniqueArray(fc.integer({ min: 1, max: mostOperators - 1 }), { maxLength: 2 }),
      capacity: fc.integer({ min: 1, max: 4 }),
      waitsByHand: fc.boolean(),
    }),
    { minLength: 2, maxLength: mostOperators },
  )
  .map((plans): OperatorPlan[] =>
    plans.map((plan, at) => ({ ...plan, inputs: plan.inputs.filter((back) => back <= at) })),
  )
  .filter((plans) => plans.some(({ inputs }) => inputs.length > 0));

const scenario = flow.chain((plans) => {
  const takers = plans.flatMap(({ inputs }, at) => (inputs.length > 0 ? at : []));
  const isLast = (at: number): boolean => !plans.some(({ inputs }, to) => inputs.includes(to - at));
  return fc.record({
    plans: fc.constant(plans),
    fault: fc
      .record({
        operator: fc.constantFrom(...takers),
        afterSeconds: fc.integer({ min: 0, max: 20 }),
        unread: fc.boolean(),
      })
      .map(({ operator, afterSeconds, unread }): Fault => {
        return { operator, afterSeconds, kind: unread && isLast(operator) ? 'unread' : 'hold' };
      }),
    /** Per second: the report is lost, or which operators it does not name. */
    losses: fc.array(
      fc.oneof(
        { weight: 6, arbitrary: fc.constant('none' as const) },
        { weight: 2, arbitrary: fc.constant('report' as const) },
        {
          weight: 2,
          arbitrary: fc.uniqueArray(fc.integer({ min: 0, max: mostOperators - 1 }), { minLength: 1, maxLength: 3 }),
        },
      ),
      { minLength: seconds, maxLength: seconds },
    ),
  });
});

describe('of a flow in which exactly one operator stands', () => {
  it('that one is found, and a backpressured one is never blamed, whatever reports are lost or partial', () => {
    fc.assert(
      fc.property(scenario, ({ plans, fault, losses }) => {
        const model = new FlowModel(plans, fault);
        let window = connectWindow(readFacts(helloOf('w1')), { monotonicMs: 0, unixMs: 0 }, undefined);
        let found: string[] = [];
        for (const [second, loss] of [...losses, 'none' as const].entries()) {
          const words = model.second();
          const nowMs = (second + 1) * 1000;
          const absent = new Set(typeof loss === 'string' ? [] : loss.map(nameOf));
          if (loss !== 'report') {
            const report = reportOf({
              ...words,
              sequence: second + 1,
              monotonicMs: nowMs,
              droppedOperators: absent.size,
            });
            report.operators = report.operators.filter(({ name }) => !absent.has(name));
            window = advance(window, readReport(report, 100), { monotonicMs: nowMs, unixMs: nowMs });
          }
          const { findings } = assess(window, nowMs, limits);
          for (const finding of findings) {
            expect(finding.victims.map(({ operator }) => operator)).not.toContain(finding.operator);
            if (finding.operator === nameOf(fault.operator)) continue;
            // The one exception: it looks busy, and what it waits for is not in the report. Then the finding says so.
            const at = Number(finding.operator.slice(2));
            expect(plans[at]?.waitsByHand).toBe(true);
            expect(finding.missing).not.toEqual([]);
            if (loss !== 'report') expect(model.blockers(at).filter((name) => !absent.has(name))).toEqual([]);
          }
          found = findings.flatMap(({ operator, stage }) => (stage === 'found' ? operator : []));
        }
        if (fault.kind === 'hold') expect(found).toEqual([nameOf(fault.operator)]);
      }),
      { numRuns: 300 },
    );
  });
});
