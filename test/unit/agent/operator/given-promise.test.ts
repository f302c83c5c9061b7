import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Flight } from '../../../../agent/src/operator/flight.ts';
import { GivenPromise } from '../../../../agent/src/operator/given-promise.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Two turns: what a reference was asked for is kept until the turn ends. */
async function collected(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) {
    await nextTurn();
    collectGarbage();
  }
  await nextTurn();
}

/** Two calls that wait for each other: nobody else knows of either. */
async function deadlock(): Promise<void> {
  const second: { call?: Promise<void> } = {};
  const first = (async () => {
    await null;
    await second.call;
  })();
  second.call = (async () => first)();
  await first;
}

const resolvers: (() => void)[] = [];
async function wait(): Promise<void> {
  await new Promise<void>((resolve) => resolvers.push(resolve));
}

test('a promise that somebody will settle is pending, and settled when he has', async () => {
  const given = new GivenPromise();
  given.give(wait());
  expect(given.look()).toBe('pending');
  await collected();
  expect(given.look()).toBe('pending');
  resolvers.splice(0).forEach((resolve) => void resolve());
  await nextTurn();
  expect(given.look()).toBe('settled');
  await collected();
  expect(given.look()).toBe('settled');
});

test('one that nobody can settle any more is abandoned once it has gone', async () => {
  const given = new GivenPromise();
  given.give(deadlock());
  await nextTurn();
  expect(given.look()).toBe('pending');
  await collected();
  expect(given.look()).toBe('abandoned');
});

test('nothing is said of a promise that has gone before it was seen pending, and of what is no promise', async () => {
  const given = new GivenPromise();
  expect(given.look()).toBe('unknown');
  given.give(undefined);
  expect(given.look()).toBe('unknown');
  given.give({});
  expect(given.look()).toBe('unknown');
  given.give(deadlock());
  given.forget();
  await collected();
  expect(given.look()).toBe('unknown');
});

test('a rejection that nobody handles stays unhandled', async () => {
  const unhandled: unknown[] = [];
  const listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (reason) => unhandled.push(reason));
  try {
    const given = new GivenPromise();
    given.give(Promise.reject(new Error('on purpose')));
    expect(given.look()).toBe('settled');
    await nextTurn();
    expect(unhandled).toHaveLength(1);
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
  }
});

test('of calls in flight, the oldest is looked after once it is old', async () => {
  const flight = new Flight();
  const begin = (promise: Promise<unknown>) => flight.goesOn(flight.enter(), 0, '', undefined, promise);
  expect(flight.fate).toBe('unknown');
  const stuck = begin(deadlock());
  begin(wait());
  flight.loosen(500);
  await collected();
  expect(flight.fate).toBe('pending');
  flight.loosen(2000);
  await collected();
  expect(flight.fate).toBe('abandoned');
  flight.exit(stuck);
  expect(flight.fate).toBe('pending');
});
