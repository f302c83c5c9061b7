import {
  type Command,
  type CommandAnswer,
  CommandAnswerSchema,
  CommandOutcome,
  create,
  LIMITS,
  type SetIntervalCommand,
} from '@streamgauge/proto';
import { Allowance } from '../allowance.ts';
import type { Log } from '../log.ts';
import type { CommandName } from './command-names.ts';

const ANSWERS = {
  /** Commands that are answered at once; what comes faster is counted and nothing else, so that a flood costs next to nothing. */
  atOnce: 20,
  /** After that one more command is answered in so many milliseconds. */
  everyMs: 500,
} as const;
/** Milliseconds from one heap dump to the next: it stops the main thread. */
const DUMPS_EVERY_MS = 60_000;
/** Heap dumps in the life of a process, whoever asks: a disk is soon full. */
const MAX_DUMPS = 8;
/** How long an exit waits for its answer to go out. */
const ANSWER_MS = 500;

/** What the desk needs to know and to do outside of itself. */
export interface CommandDeskOptions {
  /** What the worker's user allows. */
  readonly allowed: readonly CommandName[];
  readonly nowMs: () => number;
  readonly pause: (ms: number) => Promise<void>;
  readonly log: Pick<Log, 'error' | 'info' | 'trouble'>;
  /** Sends the answer; false: the connection does not take it. `sent` is called when the operating system has it, or never will. */
  readonly answer: (answer: CommandAnswer, sent?: () => void) => boolean;
  readonly exit: () => void;
  /** Gives a sentence that says what holds now. */
  readonly setInterval: (wish: SetIntervalCommand) => string;
  /** Gives the file; rejects with the reason. */
  readonly dumpHeap: () => Promise<string>;
}

/** Does what the monitor asks for and the worker's user allows. */
export interface CommandDesk {
  /** Commands that were not even answered, since the session began. */
  readonly unanswered: number;
  /** Never throws. */
  take(command: Command): void;
}

type Result = Pick<CommandAnswer, 'outcome' | 'message'> & { readonly file?: string };

/** A desk at which nothing was asked yet. */
export function createCommandDesk(options: CommandDeskOptions): CommandDesk {
  const { allowed, nowMs, log } = options;
  const answers = new Allowance(ANSWERS);
  const dumps = new Allowance({ atOnce: 1, everyMs: DUMPS_EVERY_MS });
  let unanswered = 0;
  let exiting = false;
  let dumping = false;
  let dumped = 0;

  return {
    get unanswered() {
      return unanswered;
    },
    take(command) {
      if (!answers.take(nowMs())) {
        unanswered += 1;
        log.trouble('the monitor sends commands faster than they are answered; they are left alone.');
        return;
      }
      const name = nameOf(command);
      if (name === undefined) {
        answer(command, refused(CommandOutcome.UNKNOWN_COMMAND, 'This agent does not know the command: update it.'));
      } else if (!allowed.includes(name)) {
        log.trouble(`the monitor asked for the command ${name}, which is not allowed here; nothing was done.`);
        answer(
          command,
          refused(
            CommandOutcome.NOT_ALLOWED,
            `The worker does not allow ${name}: start it with ${name} in STREAMGAUGE_ALLOW_COMMANDS.`,
          ),
        );
      } else run(command);
    },
  };

  function run(command: Command): void {
    const { action } = command;
    if (action.case === 'exit') exit(command);
    else if (action.case === 'heapDump') void dump(command);
    else if (action.case === 'setInterval') {
      const message = options.setInterval(action.value);
      log.info(`the monitor has set intervals: ${message}`);
      answer(command, { outcome: CommandOutcome.DONE, message });
    }
  }

  function exit(command: Command): void {
    if (exiting) {
      answer(command, refused(CommandOutcome.TOO_MANY, 'The process has been asked to end already.'));
      return;
    }
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      log.error('the monitor has asked this process to end, which STREAMGAUGE_ALLOW_COMMANDS allows: SIGTERM.');
      options.exit();
    };
    const message = 'The process gets SIGTERM; if it handles that signal, it ends when it comes to it.';
    exiting = answer(command, { outcome: CommandOutcome.DONE, message }, end);
    if (!exiting) return;
    // A connection that takes the answer and does not carry it must not keep the process.
    void options.pause(ANSWER_MS).then(end);
  }

  async function dump(command: Command): Promise<void> {
    if (dumping || dumped >= MAX_DUMPS || !dumps.take(nowMs())) {
      const bound = `one at a time, one in ${DUMPS_EVERY_MS / 1000} s, and ${MAX_DUMPS} in the life of a process`;
      answer(command, refused(CommandOutcome.TOO_MANY, `No heap was written: a worker takes ${bound}.`));
      return;
    }
    dumping = true;
    dumped += 1;
    log.error('the monitor has asked for a heap dump, which STREAMGAUGE_ALLOW_COMMANDS allows.');
    try {
      const file = await options.dumpHeap();
      answer(command, {
        outcome: CommandOutcome.DONE,
        message: 'The heap of the main thread was written to a file of the worker.',
        file,
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown fault';
      answer(command, refused(CommandOutcome.FAILED, `No heap was written: ${reason}.`));
    } finally {
      dumping = false;
    }
  }

  function answer({ requestId }: Command, { outcome, message, file = '' }: Result, sent?: () => void): boolean {
    const text = message.slice(0, LIMITS.SENTENCE_CHARACTERS);
    return options.answer(create(CommandAnswerSchema, { requestId, outcome, message: text, file }), sent);
  }
}

function refused(outcome: CommandOutcome, message: string): Result {
  return { outcome, message };
}

function nameOf({ action }: Command): CommandName | undefined {
  switch (action.case) {
    case 'exit':
      return 'exit';
    case 'setInterval':
      return 'set-interval';
    case 'heapDump':
      return 'heap-dump';
    default:
      return undefined;
  }
}
