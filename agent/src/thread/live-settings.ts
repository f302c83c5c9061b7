import { LIMITS, type Welcome } from '@streamgauge/proto';
import type { Settings } from '../config.ts';

/** The settings that the monitor may ask to change, as they are now; milliseconds. */
export interface LiveSettings {
  readonly reportIntervalMs: number;
  readonly markerIntervalMs: number;
  readonly loopBlockedMs: number;
}

/**
 * The settings after a welcome: what the worker's user chose stays, then the monitor's wish, then the worker's default. A wish
 * outside the bounds of the protocol is moved to the nearest one.
 */
export function applyWelcome(settings: Settings, wishes: Welcome['settings']): LiveSettings {
  return {
    reportIntervalMs: choose('reportIntervalMs', wishes?.reportIntervalMillis),
    markerIntervalMs: choose('markerIntervalMs', wishes?.markerIntervalMillis),
    loopBlockedMs: choose('loopBlockedMs', wishes?.loopBlockedMillis),
  };

  function choose(name: keyof LiveSettings, wish: number | undefined): number {
    if (wish === undefined || wish === 0 || settings.chosen.includes(name)) return settings[name];
    return Math.min(LIMITS.INTERVAL_MILLIS_MAX, Math.max(LIMITS.INTERVAL_MILLIS_MIN, wish));
  }
}
