import { AgentError, instrument } from '@streamgauge/agent';
import { afterEach, expect, test } from 'vitest';
import { installMainHelper, removeMainHelper } from '../../../../agent/src/sample/main-helper.ts';
import type { Tracker } from '../../../../agent/src/tracker.ts';

afterEach(removeMainHelper);

test('without a running agent everything is given back as it is', () => {
  const client = {};
  expect(instrument(client)).toBe(client);
});

test('what is known is given back, what is not known has its name in the error', () => {
  const known = { events: {} };
  installMainHelper({ instrument: (client: object) => client === known } as Tracker);
  expect(instrument(known)).toBe(known);
  class Pool {
    acquire() {}
    release() {}
  }
  for (const [foreign, told] of [
    [new Pool(), /an object of the class Pool with acquire\(\), release\(\)\./],
    [{ publish() {} }, /an object with publish\(\)\./],
    [{}, /an object with no methods\./],
    [null, /was given null\./],
    ['kafka', /was given kafka\./],
  ] as const) {
    const attempt = (): unknown => instrument(foreign as never);
    expect(attempt).toThrow(told);
    expect(attempt).toThrow(expect.objectContaining({ code: 'SG_AGENT_CLIENT' }));
    expect(attempt).toThrow(expect.toSatisfy(AgentError.is));
  }
});
