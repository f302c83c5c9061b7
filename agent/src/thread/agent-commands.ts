import type { SetIntervalCommand } from '@streamgauge/proto';
import type { Board } from '../board/board.ts';
import { Clock } from '../board/layout.ts';
import { monotonicMs } from '../board/monotonic.ts';
import { type CommandDesk, createCommandDesk } from '../command/command-desk.ts';
import { dumpHeap } from '../command/heap-dump.ts';
import type { Settings } from '../config.ts';
import type { Link } from '../link/link.ts';
import type { Log } from '../log.ts';
import { openMainSession } from '../sample/main-session.ts';
import type { LiveSettings } from './live-settings.ts';

/** What commands change. */
export interface AgentCommandsOptions {
  readonly settings: Settings;
  readonly environment: { readonly pid: number; readonly exit: () => void };
  readonly board: Board;
  readonly log: Log;
  readonly link: Link;
  /** The main thread is about to be held up, which is no blocked loop; and no longer is. */
  readonly onStop: (stopped: boolean) => void;
  /** Gives the settings that hold now. */
  readonly setInterval: (wish: SetIntervalCommand) => LiveSettings;
}

/** The desk of a worker process. */
export function createAgentCommands(options: AgentCommandsOptions): CommandDesk {
  const { settings, environment, board, log, link, onStop } = options;
  return createCommandDesk({
    allowed: settings.allowCommands,
    nowMs: monotonicMs,
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    log,
    answer: (answer, sent) => link.sendAnswer({ case: 'commandAnswer', value: answer }, sent),
    exit: environment.exit,
    setInterval: (wish) => {
      const { reportIntervalMs, markerIntervalMs } = options.setInterval(wish);
      return `Until the next connection a report every ${reportIntervalMs} ms and a marker every ${markerIntervalMs} ms.`;
    },
    dumpHeap: () =>
      dumpHeap({
        openSession: openMainSession,
        folder: settings.heapDumpDir ?? process.cwd(),
        pid: environment.pid,
        unixMs: Date.now,
        heapUsedBytes: () => board.clock[Clock.HEAP_USED] ?? 0,
        onStop,
      }),
  });
}
