import { create, SetIntervalCommandSchema, SettingsSchema } from '@streamgauge/proto';
import { expect, test } from 'vitest';
import { readSettings } from '../../../../agent/src/config.ts';
import { applyCommand, applyWelcome } from '../../../../agent/src/thread/live-settings.ts';

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
    featuresOff: [],
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
    featuresOff: [],
  });
});

test('the monitor switches features off, never on, and those that are unknown mean nothing', () => {
  const settings = readSettings({}, { STREAMGAUGE_FEATURES_OFF: 'error-watch' }, names);
  const off = (disabledFeatures: string[]) =>
    applyWelcome(settings, create(SettingsSchema, { disabledFeatures })).featuresOff;
  expect(off(['await-sample', 'a feature of tomorrow'])).toEqual(['await-sample', 'error-watch']);
  expect(off([])).toEqual(['error-watch']);
  expect(applyWelcome(settings, undefined).featuresOff).toEqual(['error-watch']);
});

test('a command that the user has allowed goes before what the user chose, inside the bounds, until the next welcome', () => {
  const settings = readSettings({}, { STREAMGAUGE_REPORT_INTERVAL_MS: '5000' }, names);
  const live = applyWelcome(settings, wishes);
  const changed = applyCommand(live, create(SetIntervalCommandSchema, { reportIntervalMillis: 1 }));
  expect(changed).toEqual({ ...live, reportIntervalMs: 100 });
  expect(applyWelcome(settings, wishes).reportIntervalMs).toBe(5000);
});
