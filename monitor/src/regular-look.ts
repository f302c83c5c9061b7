import type { Clock } from './clock.ts';

/** Files that are looked at again and again, because whoever replaces one does not say so. */
export interface RegularLook {
  /** Looks at once; resolves when a look is over that began after the call. */
  now(): Promise<void>;
  stop(): void;
}

/**
 * Looks every `periodMs`, and never twice at the same time: on a slow disk looks would heap up.
 *
 * @param look must not reject
 */
export function lookRegularly(clock: Clock, periodMs: number, look: () => Promise<void>): RegularLook {
  let current: Promise<void> | undefined;
  const begin = (): Promise<void> => {
    current ??= look().finally(() => {
      current = undefined;
    });
    return current;
  };
  return {
    now: async () => {
      // It may have read the files before they were replaced.
      await current;
      await begin();
    },
    stop: clock.every(periodMs, () => void begin()),
  };
}
