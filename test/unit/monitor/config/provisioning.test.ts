import { describe, expect, test } from 'vitest';
import { wishesFor } from '../../../../monitor/src/config/provisioning.ts';
import { resolveConfig } from '../../../../monitor/src/config/resolve.ts';

describe('what is wished of a worker', () => {
  const config = resolveConfig({
    reportIntervalMs: 500,
    provisioning: [
      { workers: ['canary-*'], reportIntervalMs: 100, markerIntervalMs: 200 },
      { jobs: ['batch-*'], disabledFeatures: ['await-sample'], loopBlockedMs: 60_000 },
      { jobs: ['batch-large'], reportIntervalMs: 10_000 },
    ],
  });

  test('comes from the first rule that it fits, and for what that leaves open from what holds for all', () => {
    expect(wishesFor(config, { worker: 'canary-1', job: 'batch-large' })).toEqual({
      reportIntervalMs: 100,
      markerIntervalMs: 200,
      loopBlockedMs: 1000,
      disabledFeatures: [],
    });
    expect(wishesFor(config, { worker: 'w', job: 'batch-large' })).toEqual({
      reportIntervalMs: 500,
      markerIntervalMs: 1000,
      loopBlockedMs: 60_000,
      disabledFeatures: ['await-sample'],
    });
    expect(wishesFor(config, { worker: 'w', job: 'orders' })).toMatchObject({ reportIntervalMs: 500 });
  });

  test.each([
    [{ jobs: [] }, 'provisioning.0.jobs'],
    [{ reportIntervalMs: 1 }, 'provisioning.0.reportIntervalMs'],
    [{ disabledFeatures: ['No Such'] }, 'provisioning.0.disabledFeatures'],
    [{ reportInterval: 1000 }, 'did you mean reportIntervalMs?'],
  ])('is refused when it makes no sense: %o', (rule, fault) => {
    expect(() => resolveConfig({ provisioning: [rule as object] })).toThrow(fault);
  });
});
