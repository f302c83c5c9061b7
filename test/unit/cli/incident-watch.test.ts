import type { Incident } from '@streamgauge/monitor';
import { describe, expect, test } from 'vitest';
import { IncidentWatch } from '../../../src/demo/incident-watch.ts';

const incident = (id: string, state: 'open' | 'resolved'): Incident => ({ id, state }) as Incident;

describe('who waits for an incident', () => {
  test('gets one that is there already', async () => {
    const watch = new IncidentWatch();
    watch.push({ event: 'incident.opened', incident: incident('1', 'open') });
    expect(await watch.find(({ state }) => state === 'open', 0)).toMatchObject({ id: '1' });
  });

  test('gets the newest version of one that changes later', async () => {
    const watch = new IncidentWatch();
    watch.push({ event: 'incident.opened', incident: incident('1', 'open') });
    const found = watch.find(({ state }) => state === 'resolved', 60_000);
    watch.push({ event: 'incident.opened', incident: incident('2', 'open') });
    watch.push({ event: 'incident.resolved', incident: incident('1', 'resolved') });
    expect(await found).toMatchObject({ id: '1', state: 'resolved' });
    expect(watch.all()).toHaveLength(2);
  });

  test('gets nothing once the time is over', async () => {
    expect(await new IncidentWatch().find(() => true, 1)).toBeUndefined();
  });
});
