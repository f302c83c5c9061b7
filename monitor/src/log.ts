import type { Clock } from './clock.ts';
import { onOneLine } from './printable.ts';

/** How much is told; each level includes the ones before it. */
export type LogLevel = 'off' | 'error' | 'info' | 'debug';

/** Where the monitor tells people what it does. One call is one line. */
export interface Logger {
  error(message: string): void;
  info(message: string): void;
  debug(message: string): void;
  /**
   * Tells at most one line per minute and topic; the next line of the topic says how many were held back. For faults that
   * repeat as fast as messages arrive.
   */
  oncePerMinute(topic: string, message: string): void;
}

/** Topics kept at the same time; beyond it the oldest is forgotten, so that hostile names cannot grow the map. */
const maxTopics = 256;
const minuteMs = 60_000;
/** Of one line. */
const maxCharacters = 2000;
const rank: Readonly<Record<LogLevel, number>> = { off: 0, error: 1, info: 2, debug: 3 };

/** Creates a logger that writes lines such as `2026-01-02T03:04:05.678Z info worker w1 connected`. */
export function createLogger(options: {
  readonly level: LogLevel;
  readonly write: (line: string) => void;
  readonly clock: Clock;
}): Logger {
  const { level, write, clock } = options;
  const topics = new Map<string, { lastMs: number; held: number }>();
  const tell = (at: Exclude<LogLevel, 'off'>, message: string): void => {
    if (rank[at] <= rank[level])
      write(`${new Date(clock.unixMs()).toISOString()} ${at} ${onOneLine(message).slice(0, maxCharacters)}\n`);
  };
  return {
    error: (message) => tell('error', message),
    info: (message) => tell('info', message),
    debug: (message) => tell('debug', message),
    oncePerMinute: (topic, message) => {
      const nowMs = clock.monotonicMs();
      const known = topics.get(topic);
      if (known !== undefined && nowMs - known.lastMs < minuteMs) {
        known.held += 1;
        return;
      }
      const held = known?.held ?? 0;
      topics.delete(topic);
      if (topics.size >= maxTopics) topics.delete(topics.keys().next().value as string);
      topics.set(topic, { lastMs: nowMs, held: 0 });
      tell('error', held === 0 ? message : `${message} (and ${held} more since the last such line)`);
    },
  };
}

/** A logger that tells nothing. */
export const silentLogger: Logger = { error: () => {}, info: () => {}, debug: () => {}, oncePerMinute: () => {} };
