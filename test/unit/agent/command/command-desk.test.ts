import {
  type Command,
  type CommandAnswer,
  CommandOutcome,
  CommandSchema,
  create,
  type MessageInitShape,
} from '@streamgauge/proto';
import { beforeEach, expect, test, vi } from 'vitest';
import { type CommandDesk, createCommandDesk } from '../../../../agent/src/command/command-desk.ts';
import { COMMANDS, type CommandName } from '../../../../agent/src/command/command-names.ts';

let nowMs: number;
let answers: CommandAnswer[];
let sent: (() => void)[];
let lines: string[];
let exits: number;
let dumps: { resolve: (file: string) => void; reject: (error: Error) => void }[];
let intervals: number;
let takes: boolean;

beforeEach(() => {
  nowMs = 0;
  answers = [];
  sent = [];
  lines = [];
  exits = 0;
  dumps = [];
  intervals = 0;
  takes = true;
});

function desk(allowed: readonly CommandName[] = COMMANDS): CommandDesk {
  return createCommandDesk({
    allowed,
    nowMs: () => nowMs,
    pause: () => new Promise(() => undefined),
    log: {
      error: (line) => lines.push(line),
      info: () => undefined,
      trouble: (line) => lines.push(line),
    },
    answer: (answer, onSent) => {
      if (!takes) return false;
      answers.push(answer);
      if (onSent !== undefined) sent.push(onSent);
      return true;
    },
    exit: () => {
      exits += 1;
    },
    setInterval: () => {
      intervals += 1;
      return 'a report every 200 ms';
    },
    dumpHeap: () => new Promise((resolve, reject) => dumps.push({ resolve, reject })),
  });
}

function command(case_: NonNullable<Command['action']['case']>, requestId = 'c1'): Command {
  const action = { case: case_, value: {} } as MessageInitShape<typeof CommandSchema>['action'];
  return create(CommandSchema, { requestId, ...(action === undefined ? {} : { action }) });
}

const outcomes = (): CommandOutcome[] => answers.map(({ outcome }) => outcome);

test('nothing is done that the user of the worker has not allowed, and the answer says how to allow it', () => {
  const asked = desk(['set-interval']);
  asked.take(command('exit'));
  asked.take(command('heapDump'));
  expect(outcomes()).toEqual([CommandOutcome.NOT_ALLOWED, CommandOutcome.NOT_ALLOWED]);
  expect(answers[0]).toMatchObject({ requestId: 'c1', message: expect.stringContaining('STREAMGAUGE_ALLOW_COMMANDS') });
  expect([exits, dumps.length]).toEqual([0, 0]);
});

test('a command that is not known is answered, and nothing is done', () => {
  desk().take(create(CommandSchema, { requestId: 'c1' }));
  expect(outcomes()).toEqual([CommandOutcome.UNKNOWN_COMMAND]);
});

test('the process ends after the answer has gone out, once', () => {
  const asked = desk();
  asked.take(command('exit'));
  expect(outcomes()).toEqual([CommandOutcome.DONE]);
  expect(exits).toBe(0);
  for (const callback of sent) callback();
  expect(exits).toBe(1);
  asked.take(command('exit', 'c2'));
  expect(outcomes()).toEqual([CommandOutcome.DONE, CommandOutcome.TOO_MANY]);
  for (const callback of sent) callback();
  expect(exits).toBe(1);
  expect(lines).toEqual([expect.stringContaining('asked this process to end')]);
});

test('a process whose answer cannot be sent goes on', () => {
  takes = false;
  desk().take(command('exit'));
  for (const callback of sent) callback();
  expect(exits).toBe(0);
});

test('intervals are set, and the answer says what holds now', () => {
  desk().take(command('setInterval'));
  expect(intervals).toBe(1);
  expect(answers[0]).toMatchObject({ outcome: CommandOutcome.DONE, message: 'a report every 200 ms' });
});

test('one heap is written at a time, one in a minute, and eight in all', async () => {
  const asked = desk();
  asked.take(command('heapDump'));
  asked.take(command('heapDump', 'c2'));
  expect(outcomes()).toEqual([CommandOutcome.TOO_MANY]);
  dumps[0]?.resolve('/dumps/heap');
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  expect(answers[1]).toMatchObject({ requestId: 'c1', outcome: CommandOutcome.DONE, file: '/dumps/heap' });
  nowMs = 59_000;
  asked.take(command('heapDump', 'c3'));
  expect(outcomes().at(-1)).toBe(CommandOutcome.TOO_MANY);
  for (let round = 1; round <= 20; round++) {
    nowMs += 61_000;
    asked.take(command('heapDump', `d${round}`));
    dumps[round]?.reject(new Error('the disk is full'));
    await vi.waitFor(() => expect(answers.at(-1)?.requestId).toBe(`d${round}`));
  }
  expect(dumps).toHaveLength(8);
  expect(answers.find(({ requestId }) => requestId === 'd1')).toMatchObject({
    outcome: CommandOutcome.FAILED,
    message: 'No heap was written: the disk is full.',
  });
});

test('a monitor that floods the worker with commands gets few answers, and does no harm', () => {
  const asked = desk();
  for (let count = 0; count < 20_000; count++) {
    nowMs += 0.5;
    asked.take(command('setInterval', `c${count}`));
    asked.take(command('heapDump', `d${count}`));
    asked.take(command('exit', `e${count}`));
  }
  // Ten seconds of it: a burst, then two a second.
  expect(answers.length).toBeLessThanOrEqual(20 + 20);
  expect(dumps).toHaveLength(1);
  // The answer of the dump is still to come.
  expect(asked.unanswered).toBe(60_000 - answers.length - 1);
  expect(sent).toHaveLength(1);
});
