import { PassThrough, Readable, Transform, Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { createBoard } from '../../../../agent/src/board/board.ts';
import { Graph } from '../../../../agent/src/operator/graph.ts';
import { Adoption } from '../../../../agent/src/stream/adoption.ts';
import { linkExisting } from '../../../../agent/src/stream/existing.ts';
import { hookStreams } from '../../../../agent/src/stream/hooks.ts';
import { type Harness, openHarness } from '../../../property/support/harness.mjs';
import { settle } from './tracked.ts';

let harness: Harness | undefined;

/** The tracker, installed after the streams of the test were made. */
function track(): Harness {
  harness = openHarness({ createBoard, Graph, Adoption, hookStreams });
  return harness;
}

afterEach(() => {
  harness?.close();
  harness = undefined;
});

class Numbers extends Readable {
  constructor() {
    super({ objectMode: true, read: () => undefined });
  }
}
class Step extends PassThrough {
  constructor() {
    super({ objectMode: true });
  }
}

/** A sink that keeps its callbacks. */
class Keeper extends Writable {
  readonly held: (() => void)[] = [];
  constructor() {
    super({ objectMode: true });
  }
  override _write(_record: unknown, _encoding: string, done: () => void): void {
    this.held.push(done);
  }
}

describe('pipes that were there before the agent', () => {
  it('become edges, with their branches, and count from then on', async () => {
    const [source, step, left, right] = [new Numbers(), new Step(), new Keeper(), new Keeper()];
    source.pipe(step);
    step.pipe(left);
    step.pipe(right);
    source.push(1);
    await settle();
    const { adoption, edgeNames, operatorOf } = track();
    expect(linkExisting(adoption, [source, step, left, right])).toBe(3);
    await settle();
    expect(edgeNames().sort()).toEqual(['Numbers -> Step', 'Step -> Keeper', 'Step -> Keeper #2']);
    expect(operatorOf(step)?.completed).toBe(0);
    left.held[0]?.();
    right.held[0]?.();
    source.push(2);
    await settle();
    expect(operatorOf(step)?.completed).toBe(1);
  });

  it('let no marker pass a record that was in flight, and let it pass once nothing is queued', async () => {
    const [source, sink] = [new Numbers(), new Keeper()];
    source.pipe(sink);
    for (const record of [1, 2, 3]) source.push(record);
    await settle();
    const tracked = track();
    linkExisting(tracked.adoption, [source, sink]);
    await settle();
    const operator = tracked.operatorOf(sink);
    const passed: number[] = [];
    tracked.onPass = (by, epoch) => {
      if (by === operator) passed.push(epoch);
    };
    tracked.beat();
    for (let record = 0; record < 3; record++) {
      expect(passed).toEqual([]);
      sink.held[record]?.();
      await settle();
      tracked.look();
    }
    expect(passed).toEqual([1]);
    expect(operator?.completed).toBe(3);
    tracked.beat();
    expect(passed).toEqual([1, 2]);
  });

  it('are looked for without running a line of anybody else', async () => {
    let ran = false;
    const trap = {
      get _readableState() {
        ran = true;
        return { pipes: [new Keeper()] };
      },
    };
    class Inherited {}
    Object.assign(Inherited.prototype, { _readableState: { pipes: [new Keeper()] } });
    const { adoption, operators } = track();
    const unpiped = new Transform();
    expect(linkExisting(adoption, [trap, new Inherited(), unpiped, { _readableState: null }, process])).toBe(0);
    await settle();
    expect(ran).toBe(false);
    expect(operators.size).toBe(0);
  });
});
