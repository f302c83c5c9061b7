import { LIMITS, type SetIntervalCommand, type Welcome } from '@streamgauge/proto';
import type { Settings } from '../config.ts';
import { FEATURES, type Feature } from '../features.ts';

/** The settings that the monitor may ask to change, as they are now; milliseconds. */
export interface LiveSettings {
  readonly reportIntervalMs: number;
  readonly markerIntervalMs: number;
  readonly loopBlockedMs: number;
  readonly featuresOff: readonly Feature[];
}

/**
 * The settings after a welcome: what the worker's user chose stays, then the monitor's wish, then the worker's default. A wish
 * outside the bounds of the protocol is moved to the nearest one. The monitor only switches features off: those that the worker's
 * user has switched off stay off.
 */
export function applyWelcome(settings: Settings, wishes: Welcome['settings']): LiveSettings {
  const off = new Set<string>([...settings.featuresOff, ...(wishes?.disabledFeatures ?? [])]);
  return {
    reportIntervalMs: choose('reportIntervalMs', wishes?.reportIntervalMillis),
    markerIntervalMs: choose('markerIntervalMs', wishes?.markerIntervalMillis),
    loopBlockedMs: choose('loopBlockedMs', wishes?.loopBlockedMillis),
    // Names of a newer version mean nothing here.
    featuresOff: FEATURES.filter((feature) => off.has(feature)),
  };

  function choose(name: Exclude<keyof LiveSettings, 'featuresOff'>, wish: number | undefined): number {
    if (wish === undefined || wish === 0 || settings.chosen.includes(name)) return settings[name];
    return bounded(wish);
  }
}

/** The settings after a command, which the worker's user has allowed: it goes before what the user chose, until the next welcome. */
export function applyCommand(live: LiveSettings, wish: SetIntervalCommand): LiveSettings {
  const { reportIntervalMillis: reportMs, markerIntervalMillis: markerMs } = wish;
  return {
    ...live,
    reportIntervalMs: reportMs === 0 ? live.reportIntervalMs : bounded(reportMs),
    markerIntervalMs: markerMs === 0 ? live.markerIntervalMs : bounded(markerMs),
  };
}

function bounded(wishMs: number): number {
  return Math.min(LIMITS.INTERVAL_MILLIS_MAX, Math.max(LIMITS.INTERVAL_MILLIS_MIN, wishMs));
}
