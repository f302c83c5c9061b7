import { describe, expect, test } from 'vitest';
import { createHealth } from '../../../../monitor/src/health/health.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const MINUTE_MS = 60_000;

describe('what is amiss with a part of the monitor', () => {
  test('is said with who and why to those who may read, and without to anybody else', () => {
    const health = createHealth(new FakeClock());
    expect(health.faults(true)).toEqual([]);
    health.listenerFailed('pager', 'connect ECONNREFUSED 10.0.0.7:443');
    health.listenerFailed('chat', 'it took too long');
    expect(health.faults(true)).toEqual([
      'a listener failed: pager: connect ECONNREFUSED 10.0.0.7:443',
      'a listener failed: chat: it took too long',
    ]);
    expect(health.faults(false)).toEqual(['a listener failed']);
  });

  test('is over when it works again, for each by itself', () => {
    const health = createHealth(new FakeClock());
    health.listenerFailed('pager', 'no');
    health.listenerFailed('chat', 'no');
    health.exportFailed('no route');
    health.checkFailed('x is not a function');
    health.listenerTold('chat');
    expect(health.faults(true)).toEqual([
      'a listener failed: pager: no',
      'metrics are not exported: no route',
      'detection fails: x is not a function',
    ]);
    health.exported();
    health.checked();
    health.listenerTold('pager');
    expect(health.faults(true)).toEqual([]);
  });

  test('is over after a while where nothing would tell, and the export stays until it works', () => {
    const clock = new FakeClock();
    const health = createHealth(clock);
    health.workerSlow();
    health.readerSlow('GET /metrics');
    health.listenerFailed('pager', 'no');
    health.listenerDropped('pager');
    health.dataUnreadable();
    health.exportFailed('no');
    expect(health.faults(false)).toHaveLength(6);
    clock.advance(MINUTE_MS);
    expect(health.faults(false)).toEqual([
      'a listener failed',
      'a listener is too slow',
      'the data file is damaged',
      'metrics are not exported',
    ]);
    clock.advance(14 * MINUTE_MS);
    expect(health.faults(false)).toEqual(['metrics are not exported']);
  });

  test('that a data file was set aside is said until it has been taken away', () => {
    const health = createHealth(new FakeClock());
    let isThere = true;
    health.dataSetAside('/data/streamgauge.db.damaged-1', () => isThere);
    expect(health.faults(true)[0]).toContain('/data/streamgauge.db.damaged-1');
    expect(health.faults(false)).toEqual(['the data file was damaged']);
    isThere = false;
    expect(health.faults(true)).toEqual([]);
  });
});
