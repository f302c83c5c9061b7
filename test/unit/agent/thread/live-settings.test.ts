import { create, SettingsSchema } from '@streamgauge/proto';
import { expect, test } from 'vitest';
import { readSettings } from '../../../../agent/src/config.ts';
import { applyWelcome } from '../../../../agent/src/thread/live-settings.ts';

const names = { job: () => 'j', worker: () => 'w' };
const wishes = create(SettingsSchema, {
  reportIntervalMillis: 200,
  markerIntervalMillis: 300,
  loopBlockedMillis: 400,
});

test('the monitor gets what it asks for', () => {
  expect(applyWelcome(readSettings({}, {}, names), wishes)).toEqual({
    reportIntervalMs: 200,
    markerIntervalMs: 300,
    loopBlockedMs: 400,
  });
});

test('what the user of the worker chose wins', () => {
  const settings = readSettings({}, { STREAMGAUGE_REPORT_INTERVAL_MS: '5000' }, names);
  expect(applyWelcome(settings, wishes)).toMatchObject({ reportIntervalMs: 5000, markerIntervalMs: 300 });
});

test('no wish leaves the default, a wild one is moved to the nearest bound', () => {
  const settings = readSettings({}, {}, names);
  expect(applyWelcome(settings, undefined)).toMatchObject({ reportIntervalMs: 1000 });
  const wild = create(SettingsSchema, { reportIntervalMillis: 1, loopBlockedMillis: 4_000_000_000 });
  expect(applyWelcome(settings, wild)).toEqual({
    reportIntervalMs: 100,
    markerIntervalMs: 1000,
    loopBlockedMs: 3_600_000,
  });
});
