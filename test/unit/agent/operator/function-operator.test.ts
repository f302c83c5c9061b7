import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createBoard } from '../../../../agent/src/board/board.ts';
import { Clock, Control, OperatorCell, OperatorState } from '../../../../agent/src/board/layout.ts';
import { AgentError, operator } from '../../../../agent/src/index.ts';
import { createTracker } from '../../../../agent/src/operator/create-tracker.ts';
import type { ToThread } from '../../../../agent/src/thread/messages.ts';
import type { Tracker } from '../../../../agent/src/tracker.ts';

interface Watched {
  readonly tracker: Tracker;
  readonly messages: ToThread[];
  readonly errors: unknown[];
  readonly running: () => number;
  readonly cells: () => number[];
  readonly epoch: () => void;
}

function watch(): Watched {
  const board = createBoard();
  const messages: ToThread[] = [];
  const errors: unknown[] = [];
  const tracker = createTracker({
    board,
    post: (message) => messages.push(message),
    onError: (error) => errors.push(error),
  });
  const beat = (): void => tracker.beat((board.clock[Clock.NOW_MS] as number) + 10);
  return {
    tracker,
    messages,
    errors,
    running: () => board.control[Control.RUNNING_OPERATOR] as number,
    cells: () => {
      beat();
      return [...board.operators.slice(0, OperatorCell.STRIDE)];
    },
    epoch: () => {
      board.control[Control.EPOCH] = (board.control[Control.EPOCH] as number) + 1;
      beat();
    },
  };
}

describe('operator(name, fn)', () => {
  it('tells its calls in flight one by one, the oldest first', async () => {
    const { tracker, cells } = watch();
    const ends: (() => void)[] = [];
    const wait = (id: number) => new Promise<void>((resolve) => ends.push(resolve)).then(() => id);
    const first = tracker.operator('first', wait, { key: (id) => `order ${id}` });
    const second = tracker.operator('second', wait);
    const calls = [first(1), first(2), first(3), second(4)];
    cells();
    expect(tracker.records(3).map(({ operator: name, key }) => [name, key])).toEqual([
      ['first', 'order 1'],
      ['first', 'order 2'],
      ['first', 'order 3'],
    ]);
    ends[0]?.();
    await calls[0];
    expect(tracker.records(9).map(({ key }) => key)).toEqual(['order 2', 'order 3', '']);
    for (const end of ends) end();
    await Promise.all(calls);
    expect(tracker.records(9)).toEqual([]);
    tracker.stop();
  });

  it('tells some of very many calls in flight', () => {
    const { tracker } = watch();
    const hang = tracker.operator('hang', () => new Promise(() => {}));
    for (let call = 0; call < 1000; call++) void hang();
    expect(tracker.records(1000)).toHaveLength(20);
    tracker.stop();
  });

  it('gives back what the function gives, and counts the call', () => {
    const { tracker, messages, cells } = watch();
    const double = tracker.operator('double', (value: number) => value * 2);
    expect(double(21)).toBe(42);
    expect(messages).toEqual([
      { type: 'operator', id: 1, slot: 0, name: 'double', kind: 'function', unit: 'records', location: undefined },
    ]);
    expect(cells().slice(0, 4)).toEqual([1, 1, -1, 0]);
    tracker.stop();
  });

  it('keeps this, the name and the number of parameters', () => {
    const { tracker } = watch();
    const object = {
      factor: 3,
      times: tracker.operator('times', function times(this: { factor: number }, value: number, _second: number) {
        return value * this.factor;
      }),
    };
    expect(object.times(2, 0)).toBe(6);
    expect([object.times.name, object.times.length]).toEqual(['times', 2]);
    tracker.stop();
  });

  it('hands on exactly as many arguments as it is given', () => {
    const { tracker } = watch();
    const given = tracker.operator('given', (...args: unknown[]) => args);
    for (const args of [[], [undefined], [1, undefined], [1, 2, 3], [1, 2, 3, undefined], [1, 2, 3, 4, 5]]) {
      expect(given(...args)).toEqual(args);
      expect(given(...args)).toHaveLength(args.length);
    }
    tracker.stop();
  });

  it('counts the call when its promise settles', async () => {
    const { tracker, cells } = watch();
    let resolve: (value: string) => void = () => {};
    const promise = new Promise<string>((settle) => {
      resolve = settle;
    });
    const slow = tracker.operator('slow', () => promise);
    const call = slow();
    expect(cells()[OperatorCell.STATE]).toBe(OperatorState.BUSY);
    expect(cells()[OperatorCell.IN_FLIGHT]).toBe(1);
    expect(tracker.inspect(1)?.callbackOutstanding).toBe(true);
    resolve('done');
    expect(await call).toBe('done');
    expect(cells().slice(1, 5)).toEqual([1, -1, 0, OperatorState.IDLE]);
    tracker.stop();
  });

  it('leaves a rejection that nobody handles to the program, and none that somebody handles', async () => {
    const { tracker } = watch();
    const heard: unknown[] = [];
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (reason) => heard.push(reason));
    try {
      const failing = tracker.operator('failing', async (reason: string) => Promise.reject(reason));
      void failing('nobody');
      await expect(failing('somebody')).rejects.toBe('somebody');
      await nextTurn();
      expect(heard).toEqual(['nobody']);
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const listener of others) process.on('unhandledRejection', listener);
      tracker.stop();
    }
  });

  it('gives back the very promise where it is more than a promise, and asks nothing of its class', async () => {
    const { tracker, cells } = watch();
    class Own extends Promise<number> {
      constructor(run: (resolve: (value: number) => void) => void, mine: boolean) {
        if (mine !== true) throw new Error('not made by the program');
        super(run);
      }
    }
    const own = new Own((resolve) => resolve(1), true);
    const process = Object.assign(Promise.resolve(2), { pid: 7 });
    expect(tracker.operator('own', () => own)()).toBe(own);
    expect(tracker.operator('process', () => process)()).toBe(process);
    await null;
    expect(cells()[OperatorCell.COMPLETED]).toBe(1);
    tracker.stop();
  });

  it('leaves a class what it is, also once stopped', () => {
    const { tracker } = watch();
    class Step {
      static readonly kind = 'step';
      run(): string {
        return 'ran';
      }
    }
    const Wrapped = tracker.operator('Step', Step as never) as unknown as typeof Step;
    class Sub extends Wrapped {}
    const look = (): unknown[] => [
      new Wrapped().run(),
      new Wrapped() instanceof Step,
      new Sub() instanceof Sub,
      Wrapped.kind,
    ];
    expect(look()).toEqual(['ran', true, true, 'step']);
    tracker.stop();
    expect(look()).toEqual(['ran', true, true, 'step']);
  });

  it('needs no more room for the calls behind one that never ends', () => {
    const { tracker } = watch();
    let first = true;
    const step = tracker.operator('step', () => {
      if (!first) return undefined;
      first = false;
      return new Promise(() => {});
    });
    void step();
    const before = process.memoryUsage().arrayBuffers;
    for (let call = 0; call < 4_000_000; call++) void step();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
    tracker.stop();
  });

  it('passes an epoch when every call before it has ended, in whatever order', async () => {
    const { tracker, cells, epoch } = watch();
    const calls: (() => void)[] = [];
    const step = tracker.operator('step', () => new Promise<void>((resolve) => calls.push(resolve)));
    const pending = [step(), step(), step()];
    epoch();
    pending.push(step());
    calls[1]?.();
    calls[3]?.();
    await pending[3];
    expect(cells().slice(1, 6)).toEqual([2, -1, 2, OperatorState.BUSY, 0]);
    calls[0]?.();
    await pending[0];
    expect(cells()[OperatorCell.PASSED_EPOCH]).toBe(0);
    calls[2]?.();
    await pending[2];
    await null;
    expect(cells()[OperatorCell.PASSED_EPOCH]).toBe(1);
    tracker.stop();
  });

  it('lets an error through, thrown or rejected, and counts the call', async () => {
    const { tracker, cells, running } = watch();
    const failing = tracker.operator('failing', (how: string) => {
      if (how === 'throw') throw new Error('thrown');
      return Promise.reject(new Error('rejected'));
    });
    expect(() => failing('throw')).toThrow('thrown');
    await expect(failing('reject')).rejects.toThrow('rejected');
    expect(running()).toBe(0);
    expect(cells()[OperatorCell.COMPLETED]).toBe(2);
    tracker.stop();
  });

  it('shows on the board that its code runs, and who ran before', () => {
    const { tracker, running } = watch();
    const inner = tracker.operator('inner', () => running());
    const outer = tracker.operator('outer', () => [running(), inner(), running()]);
    expect(outer()).toEqual([2, 1, 2]);
    expect(running()).toBe(0);
    tracker.stop();
  });

  it('leaves an object with a then of its own alone: calling it may start what it stands for', () => {
    const { tracker } = watch();
    let started = 0;
    // biome-ignore lint/suspicious/noThenProperty: such objects are what the test is about
    const lazy = { then: () => started++ };
    expect(tracker.operator('query', () => lazy)()).toBe(lazy);
    expect(started).toBe(0);
    tracker.stop();
  });

  it('does nothing but call on once the tracker has stopped', () => {
    const { tracker, messages } = watch();
    const step = tracker.operator('step', () => 1);
    tracker.stop();
    expect(step()).toBe(1);
    expect(tracker.operator('late', step)).toBe(step);
    expect(messages.filter(({ type }) => type === 'operator')).toHaveLength(1);
  });

  it('makes hostile names fit to be shown', () => {
    const { tracker, messages } = watch();
    tracker.operator(`evil\u001b]0;\u0007${'x'.repeat(10_000)}`, () => 1);
    const [message] = messages;
    const name = message?.type === 'operator' ? message.name : '';
    expect(name).toHaveLength(200);
    expect(/\p{Cc}/u.test(name)).toBe(false);
    tracker.stop();
  });

  it('tells what a person would look for the oldest call by', async () => {
    const { tracker, messages, errors } = watch();
    let go = (): void => {};
    const enrich = tracker.operator(
      'enrich',
      async (_order: { id: number }, _shop: string) => {
        await new Promise<void>((resolve) => {
          go = resolve;
        });
      },
      { key: ({ id }, shop) => `${shop}/${id}` },
    );
    const keys = (): unknown[] =>
      messages.flatMap((message) => (message.type === 'operator-texts' ? [message.texts.oldestKey] : []));
    const ended = enrich({ id: 4711 }, 'north');
    tracker.beat(1000);
    expect(keys()).toEqual(['north/4711']);
    go();
    await ended;
    // What the function of the user gives in place of a text, or throws, is not the caller's business.
    const odd = tracker.operator('odd', () => new Promise(() => {}), {
      key: () => {
        throw new Error('mine');
      },
    });
    void odd();
    tracker.beat(2000);
    expect(keys()).toEqual(['north/4711', '']);
    expect(errors).toEqual([]);
    tracker.stop();
  });

  it('refuses a key that is no function, watched or not', () => {
    expect(() => operator('enrich', () => {}, { key: 'id' as never })).toThrow(AgentError);
    const plain = (): void => {};
    expect(operator('enrich', plain, { key: () => 'id' })).toBe(plain);
  });
});
