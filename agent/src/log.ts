import { writeSync } from 'node:fs';

/** How much the agent says on stderr, from nothing to everything. */
export const LOG_LEVELS = ['off', 'error', 'info', 'debug'] as const;
/** One of LOG_LEVELS. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where the agent says what a person should know. One line per call, never thrown errors, never stdout. */
export interface Log {
  error(line: string): void;
  info(line: string): void;
  debug(line: string): void;
  /** Like error, but at most one line a minute over all calls: for faults that come again with every attempt. */
  trouble(line: string): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Takes one finished line with its line break. Default: stderr, synchronously. */
  readonly write?: (line: string) => void;
  /** Milliseconds of any steady clock. */
  readonly nowMs: () => number;
}

const TROUBLE_PAUSE_MS = 60_000;

/** A log with the prefix "streamgauge: ". Control characters are replaced, because what it says may come from outside. */
export function createLog({ level, write = writeToStderr, nowMs }: LogOptions): Log {
  const rank = LOG_LEVELS.indexOf(level);
  let lastTroubleMs = Number.NEGATIVE_INFINITY;
  const say = (atRank: number, line: string): void => {
    if (rank >= atRank) write(`streamgauge: ${onOneLine(line)}\n`);
  };
  return {
    error: (line) => say(1, line),
    info: (line) => say(2, line),
    debug: (line) => say(3, line),
    trouble: (line) => {
      const now = nowMs();
      if (now - lastTroubleMs < TROUBLE_PAUSE_MS) return;
      lastTroubleMs = now;
      say(1, line);
    },
  };
}

/** The text with line breaks and other control characters replaced by U+FFFD, at most 2000 characters. */
function onOneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.slice(0, 2000).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '\ufffd');
}

/**
 * process.stderr is not used: reading that property creates a stream and changes the host, and in the agent thread it
 * would go through the main thread, which may be blocked.
 */
function writeToStderr(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    // A full pipe or a closed stderr: the line is lost, the host goes on.
  }
}
