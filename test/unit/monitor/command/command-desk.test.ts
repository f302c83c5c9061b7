import { type Command, CommandAnswerSchema, CommandOutcome, create } from '@streamgauge/proto';
import { beforeEach, expect, test } from 'vitest';
import { CommandDesk, type CommandedWorker } from '../../../../monitor/src/command/command-desk.ts';
import { MonitorError, monitorErrorCodes } from '../../../../monitor/src/errors.ts';
import { createMemoryStore } from '../../../../monitor/src/store/memory-store.ts';
import type { LogEntry, Store } from '../../../../monitor/src/store/store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const worker: CommandedWorker = {
  worker: 'w1',
  job: 'orders',
  state: 'connected',
  capabilities: ['exit', 'set-interval', 'heap-dump'],
};

let clock: FakeClock;
let store: Store;
let sent: Command[];
let lines: string[];
let counts: string[];
let connected: boolean;
let desk: CommandDesk;

beforeEach(async () => {
  clock = new FakeClock();
  store = createMemoryStore({ clock });
  await store.open();
  sent = [];
  lines = [];
  counts = [];
  connected = true;
  desk = new CommandDesk({
    send: (_, command) => connected && sent.push(command) > 0,
    store,
    clock,
    log: { info: (line) => lines.push(line), oncePerMinute: (_, line) => lines.push(line) },
    newId: () => `c${sent.length + 1}`,
    count: (command, outcome) => counts.push(`${command} ${outcome}`),
  });
});

const codeOf = async (asking: Promise<unknown>): Promise<string> => {
  try {
    await asking;
    return 'done';
  } catch (error) {
    return error instanceof MonitorError ? error.code : String(error);
  }
};
const answer = (outcome: CommandOutcome, from = 'w1', requestId = 'c1', file = ''): void =>
  desk.answered(from, create(CommandAnswerSchema, { requestId, outcome, message: 'so it is', file }));
const written = async (): Promise<unknown[]> => (await store.readLog(0, 100)).map(({ payload }: LogEntry) => payload);
/** Lets what was written down come back. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a command is written down, sent, answered, and written down again with one line', async () => {
  const asking = desk.ask(worker, { command: 'set-interval', reportIntervalMs: 500 }, '127.0.0.1');
  await turn();
  expect(sent).toMatchObject([
    { requestId: 'c1', action: { case: 'setInterval', value: { reportIntervalMillis: 500, markerIntervalMillis: 0 } } },
  ]);
  answer(CommandOutcome.DONE);
  expect(await asking).toEqual({ requestId: 'c1', outcome: 'done', message: 'so it is', file: null });
  const about = { requestId: 'c1', command: 'set-interval', parameters: { reportIntervalMs: 500 }, from: '127.0.0.1' };
  expect(await written()).toEqual([
    { event: 'command.requested', ...about },
    { event: 'command.answered', ...about, outcome: 'done', message: 'so it is' },
  ]);
  expect(lines).toEqual(['Command set-interval for worker w1 of job orders, asked for by 127.0.0.1: done. so it is']);
  expect(counts).toEqual(['set-interval done']);
});

test('nothing is sent that the worker does not allow', async () => {
  const bare = { ...worker, capabilities: ['cpu-sample'] };
  expect(await codeOf(desk.ask(bare, { command: 'exit' }, 'here'))).toBe(monitorErrorCodes.forbidden);
  expect(sent).toEqual([]);
  expect(await written()).toMatchObject([{ event: 'command.refused', outcome: 'not-allowed' }]);
});

test('nothing is sent that could not be written down', async () => {
  await store.close();
  expect(await codeOf(desk.ask(worker, { command: 'exit' }, 'here'))).toBe(monitorErrorCodes.storeClosed);
  expect(sent).toEqual([]);
});

test.each([
  [CommandOutcome.NOT_ALLOWED, 'not-allowed'],
  [CommandOutcome.UNKNOWN_COMMAND, 'unknown-command'],
  [CommandOutcome.TOO_MANY, 'too-many'],
  [CommandOutcome.FAILED, 'failed'],
  [CommandOutcome.UNSPECIFIED, 'failed'],
  [77 as CommandOutcome, 'failed'],
])('what the worker says is told in words: %i is %s', async (outcome, name) => {
  const asking = desk.ask(worker, { command: 'exit' }, 'here');
  await turn();
  answer(outcome);
  expect(await asking).toMatchObject({ outcome: name });
});

test('the answer of another worker, and one that nobody waits for, change nothing', async () => {
  const asking = desk.ask(worker, { command: 'exit' }, 'here');
  await turn();
  answer(CommandOutcome.DONE, 'w2');
  answer(CommandOutcome.DONE, 'w1', 'c9');
  clock.advance(5000);
  expect(await codeOf(asking)).toBe(monitorErrorCodes.workerUnavailable);
  answer(CommandOutcome.DONE);
  expect(await written()).toMatchObject([{ event: 'command.requested' }, { event: 'command.unanswered' }]);
});

test('a worker that is not connected, or goes meanwhile, is unavailable', async () => {
  const gone = { ...worker, state: 'left' };
  expect(await codeOf(desk.ask(gone, { command: 'exit' }, 'here'))).toBe(monitorErrorCodes.workerUnavailable);
  connected = false;
  expect(await codeOf(desk.ask(worker, { command: 'exit' }, 'here'))).toBe(monitorErrorCodes.workerUnavailable);
  expect(await written()).toMatchObject([{ event: 'command.requested' }, { event: 'command.unanswered' }]);
});

test('a heap that takes its time is pending for whoever asked, and its end is written down', async () => {
  const asking = desk.ask(worker, { command: 'heap-dump' }, 'here');
  await turn();
  clock.advance(20_000);
  expect(await asking).toMatchObject({ outcome: 'pending' });
  clock.advance(300_000);
  answer(CommandOutcome.DONE, 'w1', 'c1', '/dumps/heap');
  expect(await written()).toMatchObject([
    { event: 'command.requested' },
    { event: 'command.answered', outcome: 'done', file: '/dumps/heap' },
  ]);
});

test('commands that come too fast are neither sent nor written down, and it goes on when they come slower', async () => {
  const codes = await Promise.all(
    Array.from({ length: 500 }, () => codeOf(desk.ask({ ...worker, capabilities: [] }, { command: 'exit' }, 'here'))),
  );
  expect(codes.filter((code) => code === monitorErrorCodes.forbidden)).toHaveLength(20);
  expect(codes.filter((code) => code === monitorErrorCodes.tooMany)).toHaveLength(480);
  expect(await written()).toHaveLength(20);
  clock.advance(1000);
  expect(await codeOf(desk.ask({ ...worker, capabilities: [] }, { command: 'exit' }, 'here'))).toBe(
    monitorErrorCodes.forbidden,
  );
});
