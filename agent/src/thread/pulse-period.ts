/**
 * Pause between two pulses: the grain of everything the agent measures. Waking a thread costs 15 to 140 µs of processor
 * time, depending on the machine, which is most of what the agent costs.
 */
const PULSE_MS = 50;
/** The same while the main thread gives no sign of life: from when it counts as blocked must be told more finely. */
const SILENT_PULSE_MS = 25;
/** The same while no operator moves, or while there is nobody to tell anything to. */
const QUIET_PULSE_MS = 100;
const QUIET_AFTER_MS = 1000;

/** What the agent reckons with before its first pulse. */
export const FIRST_PULSE_MS: number = PULSE_MS;

/** What the next pause depends on. */
export interface PulseFacts {
  /** The event loop of the main thread gives signs of life. */
  readonly turns: boolean;
  /** How long ago an operator has moved, and a monitor was connected. */
  readonly sinceMovedMs: number;
  readonly sinceOpenMs: number;
}

/** How long the agent thread sleeps until its next pulse, milliseconds. */
export function pulsePeriodMs({ turns, sinceMovedMs, sinceOpenMs }: PulseFacts): number {
  if (sinceOpenMs > QUIET_AFTER_MS) return QUIET_PULSE_MS;
  if (!turns) return SILENT_PULSE_MS;
  return sinceMovedMs > QUIET_AFTER_MS ? QUIET_PULSE_MS : PULSE_MS;
}
