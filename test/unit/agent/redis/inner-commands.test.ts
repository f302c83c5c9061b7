import { runInThisContext } from 'node:vm';
import { expect, test } from 'vitest';
import { isInnerCommand } from '../../../../agent/src/redis/inner-commands.ts';

type Call = () => boolean;

/** Gives functions of a file of that name, each of which calls the one that it is made with. */
const from = (filename: string): ((next: Call) => Call) =>
  runInThisContext('(next) => () => { const got = next(); return got; }', { filename });

const client = from('/app/node_modules/ioredis/built/Redis.js');
const bullmq = from('/app/node_modules/bullmq/dist/cjs/classes/queue-events.js');
const user = from('/app/src/bill.js');
const hook: Call = () => isInnerCommand(hook);

test('what BullMQ reads and writes itself is its own, also where the user has called it', () => {
  expect(user(bullmq(client(hook)))()).toBe(true);
});

test('what a handler sends that BullMQ has called is the user’s', () => {
  expect(bullmq(user(client(hook)))()).toBe(false);
  expect(user(client(hook))()).toBe(false);
});
