import { type Command, CommandOutcome, CommandSchema, create } from '@streamgauge/proto';

/** What a person may ask a worker to do. Intervals in milliseconds; absent: as it is. */
export type CommandWish =
  | { readonly command: 'exit' }
  | {
      readonly command: 'set-interval';
      readonly reportIntervalMs?: number | undefined;
      readonly markerIntervalMs?: number | undefined;
    }
  | { readonly command: 'heap-dump' };

/** Name of a command, which is also the capability of a worker that allows it. */
export type CommandName = CommandWish['command'];

/** How a command is called that a worker answered, in the interface; the wire has numbers. */
export type OutcomeName = 'done' | 'not-allowed' | 'unknown-command' | 'too-many' | 'failed';

const outcomeNames: Readonly<Record<CommandOutcome, OutcomeName>> = {
  [CommandOutcome.UNSPECIFIED]: 'failed',
  [CommandOutcome.DONE]: 'done',
  [CommandOutcome.NOT_ALLOWED]: 'not-allowed',
  [CommandOutcome.UNKNOWN_COMMAND]: 'unknown-command',
  [CommandOutcome.TOO_MANY]: 'too-many',
  [CommandOutcome.FAILED]: 'failed',
};

/** An outcome of a newer worker counts as a failure: it was not done. */
export function outcomeName(outcome: CommandOutcome): OutcomeName {
  return outcomeNames[outcome] ?? 'failed';
}

/** The frame that asks for it. */
export function commandMessage(requestId: string, wish: CommandWish): Command {
  switch (wish.command) {
    case 'exit':
      return create(CommandSchema, { requestId, action: { case: 'exit', value: {} } });
    case 'heap-dump':
      return create(CommandSchema, { requestId, action: { case: 'heapDump', value: {} } });
    case 'set-interval': {
      const { reportIntervalMs: reportIntervalMillis = 0, markerIntervalMs: markerIntervalMillis = 0 } = wish;
      const value = { reportIntervalMillis, markerIntervalMillis };
      return create(CommandSchema, { requestId, action: { case: 'setInterval', value } });
    }
  }
}
