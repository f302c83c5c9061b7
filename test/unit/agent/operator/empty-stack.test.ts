import { describe, expect, it } from 'vitest';
import { EmptyStack } from '../../../../agent/src/operator/empty-stack.ts';

function ignore(): void {}

describe('an empty stack', () => {
  it('comes before the next microtask of a promise chain that never ends', async () => {
    const stack = new EmptyStack(ignore);
    let ran = false;
    stack.run({}, () => {
      ran = true;
    });
    expect(ran).toBe(false);
    await null;
    await null;
    expect(ran).toBe(true);
  });

  it('comes before the end of a chain of process.nextTick', async () => {
    const stack = new EmptyStack(ignore);
    const ranAfter = await new Promise<number>((resolve) => {
      process.nextTick(() => {
        let ticks = 0;
        let done = false;
        stack.run({}, () => {
          done = true;
        });
        const spin = (): void => {
          if (done || ++ticks > 1000) resolve(ticks);
          else process.nextTick(spin);
        };
        process.nextTick(spin);
      });
    });
    expect(ranAfter).toBeLessThan(10);
  });

  it('runs one task for each key, once', async () => {
    const stack = new EmptyStack(ignore);
    const key = {};
    const ran: string[] = [];
    stack.run(key, () => ran.push('first'));
    stack.run(key, () => ran.push('second'));
    stack.run({}, () => ran.push('other'));
    await new Promise(setImmediate);
    expect(ran).toEqual(['first', 'other']);
  });

  it('hands a fault over and goes on', async () => {
    const faults: unknown[] = [];
    const stack = new EmptyStack((fault) => faults.push(fault));
    let ran = false;
    stack.run({}, () => {
      throw new Error('mine');
    });
    stack.run({}, () => {
      ran = stack.here;
    });
    await new Promise(setImmediate);
    expect(faults).toHaveLength(1);
    expect(ran).toBe(true);
    expect(stack.here).toBe(false);
  });
});
