import type { Welcome } from '@streamgauge/proto';
import type { Settings } from '../config.ts';

/** The settings that the monitor may ask to change, as they are now; milliseconds. */
export interface LiveSettings {
  readonly reportIntervalMs: number;
  readonly markerIntervalMs: number;
  readonly loopBlockedMs: number;
}

/** What a monitor may ask for; a wish outside is moved to the nearest bound. */
const BOUNDS = {
  reportIntervalMs: { least: 100, most: 3_600_000 },
  markerIntervalMs: { least: 100, most: 3_600_000 },
  loopBlockedMs: { least: 100, most: 3_600_000 },
} as const;

/** The settings after a welcome: what the worker's user chose stays, then the monitor's wish, then the worker's default. */
export function applyWelcome(settings: Settings, wishes: Welcome['settings']): LiveSettings {
  return {
    reportIntervalMs: choose('reportIntervalMs', wishes?.reportIntervalMillis),
    markerIntervalMs: choose('markerIntervalMs', wishes?.markerIntervalMillis),
    loopBlockedMs: choose('loopBlockedMs', wishes?.loopBlockedMillis),
  };

  function choose(name: keyof LiveSettings, wish: number | undefined): number {
    if (wish === undefined || wish === 0 || settings.chosen.includes(name)) return settings[name];
    return Math.min(BOUNDS[name].most, Math.max(BOUNDS[name].least, wish));
  }
}
