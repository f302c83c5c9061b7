import { operatorsOf } from './operators.ts';
import { roundMs, type Section } from './section.ts';

/** How many operators that hold something are told, those that hold it longest first. */
const MAX_HOLDING = 100;

/** What has been begun and not completed, the oldest first: by operator, and by record where records can be told apart. */
export const inFlight: Section = {
  name: 'in-flight',
  version: 1,
  ofMain: 'the records behind the oldest one of each operator',
  body: (facts) => {
    const holding = operatorsOf(facts).filter(({ operator }) => operator.window.look.inFlight > 0);
    return {
      operators: holding.slice(0, MAX_HOLDING).map(({ thread, heldMs, operator }) => ({
        operator: operator.info.name,
        thread,
        records: operator.window.look.inFlight,
        oldestMs: roundMs(heldMs),
        oldestKey: operator.texts?.oldestKey ?? '',
      })),
      operatorsLeftOut: Math.max(0, holding.length - MAX_HOLDING),
      ...(facts.main === undefined
        ? {}
        : {
            records: facts.main.records.map(({ operator, key, ageMs }) => ({ operator, key, ageMs: roundMs(ageMs) })),
          }),
    };
  },
};
