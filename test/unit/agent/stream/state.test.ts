import { PassThrough, Readable, Transform, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Clock, Control, OperatorCell } from '../../../../agent/src/board/layout.ts';
import { settle, stateOf, trackEachTest } from './tracked.ts';

const tracked = trackEachTest();

function numbers(count = Number.POSITIVE_INFINITY): Readable {
  let next = 0;
  return new Readable({
    objectMode: true,
    read() {
      if (next < count) this.push(next++);
    },
  });
}

const ignore = (): void => {};

describe('the state of an operator', () => {
  it('is idle without input', async () => {
    const step = new PassThrough({ objectMode: true });
    new Readable({ objectMode: true, read: ignore }).pipe(step).resume();
    await settle();
    expect(stateOf(tracked.current.operatorOf(step))).toBe('IDLE');
  });

  it('is busy while its callback is outstanding, and says so when asked', async () => {
    const stuck = new Transform({ objectMode: true, transform: ignore });
    numbers(1).pipe(stuck).resume();
    await settle();
    const operator = tracked.current.operatorOf(stuck);
    expect(stateOf(operator)).toBe('BUSY');
    expect(operator?.inspect()).toMatchObject({ callbackOutstanding: true, functions: [ignore] });
  });

  it('is busy while its last step has not called back, and says so when asked', async () => {
    const sink = new Writable({ objectMode: true, write: (_record, _encoding, done) => done(), final: ignore });
    const source = new PassThrough({ objectMode: true });
    source.pipe(sink);
    source.end({ last: true });
    await settle(10);
    const operator = tracked.current.operatorOf(sink);
    expect(stateOf(operator)).toBe('BUSY');
    expect(operator?.inspect()).toMatchObject({ callbackOutstanding: true });
    expect(operator?.inspect().functions[0]).toBe(ignore);
  });

  it('is backpressured when nobody takes its output, and the output is unread', async () => {
    const step = new PassThrough({ objectMode: true });
    numbers().pipe(step);
    await settle(40);
    const operator = tracked.current.operatorOf(step);
    expect(stateOf(operator)).toBe('BACKPRESSURED');
    expect(operator?.inspect().callbackOutstanding).toBe(false);
    expect(operator?.unread()).toBe(true);
    step.on('readable', ignore);
    expect(operator?.unread()).toBe(false);
  });

  it('is backpressured all the way up from a slow sink', async () => {
    const first = new PassThrough({ objectMode: true });
    const second = new PassThrough({ objectMode: true });
    const sink = new Writable({ objectMode: true, write: ignore });
    const source = numbers();
    source.pipe(first).pipe(second).pipe(sink);
    await settle(60);
    const state = (stream: object): string => stateOf(tracked.current.operatorOf(stream));
    expect([source, first, second, sink].map(state)).toEqual([
      'BACKPRESSURED',
      'BACKPRESSURED',
      'BACKPRESSURED',
      'BUSY',
    ]);
    expect(tracked.current.operatorOf(second)?.unread()).toBe(false);
  });

  it('is backpressured while it waits for what it has called, and busy when its own code runs', async () => {
    const states: string[] = [];
    const { current } = tracked;
    const upstream = new PassThrough({ objectMode: true });
    const looking = new Writable({
      objectMode: true,
      write(_record, _encoding, done) {
        const active = current.board.control[Control.RUNNING_OPERATOR] as number;
        expect(active).toBe(current.operatorOf(looking)?.id);
        states.push(stateOf(current.operatorOf(upstream), active), stateOf(current.operatorOf(looking), active));
        done();
      },
    });
    const source = new Readable({ objectMode: true, read: ignore });
    source.pipe(upstream).pipe(looking);
    await settle();
    source.push(1);
    await settle();
    expect(states).toEqual(['BACKPRESSURED', 'BUSY']);
    expect(current.board.control[Control.RUNNING_OPERATOR]).toBe(0);
  });

  it('is paused while corked', async () => {
    const sink = new Writable({ objectMode: true, write: ignore });
    const source = new Readable({ objectMode: true, read: ignore });
    source.pipe(sink);
    await settle();
    sink.cork();
    source.push(1);
    await settle();
    expect(stateOf(tracked.current.operatorOf(sink))).toBe('PAUSED');
  });

  it('is busy while a final or a flush is outstanding', async () => {
    const sink = new Writable({ objectMode: true, write: (_r, _e, done) => done(), final: ignore });
    const source = new Readable({ objectMode: true, read: ignore });
    source.pipe(sink);
    await settle();
    source.push(null);
    await settle();
    expect(stateOf(tracked.current.operatorOf(sink))).toBe('BUSY');
  });

  it('of a source that waits for its own input is idle, however long', async () => {
    const source = new Readable({ objectMode: true, read: ignore });
    source.pipe(new PassThrough({ objectMode: true })).resume();
    await settle();
    tracked.current.beat();
    expect(stateOf(tracked.current.operatorOf(source))).toBe('IDLE');
  });
});

describe('the board', () => {
  it('shows the numbers of each operator', async () => {
    const { current } = tracked;
    const step = new Transform({ objectMode: true, transform: (record, _encoding, done) => done(null, record) });
    numbers(20).pipe(step).resume();
    await settle(30);
    current.beat();
    const operator = current.operatorOf(step);
    const base = (operator?.slot ?? 0) * OperatorCell.STRIDE;
    const cells = [...current.board.operators.slice(base, base + OperatorCell.STRIDE)];
    expect(cells.slice(0, 4)).toEqual([operator?.id, 20, -1, 0]);
    expect(cells[OperatorCell.PASSED_EPOCH]).toBe(1);
    expect(cells[OperatorCell.PASSED_AT_MS]).toBeGreaterThan(0);
  });

  it('shows a completion as a sign of life, also where no timer runs', async () => {
    const { current } = tracked;
    const source = new Readable({ objectMode: true, read: ignore });
    source.pipe(new Writable({ objectMode: true, write: (_r, _e, done) => done() }));
    await settle();
    current.tick();
    const nowMs = current.board.clock[Clock.NOW_MS] as number;
    source.push(1);
    await settle();
    expect(current.board.clock[Clock.BEAT_MS]).toBe(nowMs);
  });

  it('is full: the rest is left alone and counted', async () => {
    const { current } = tracked;
    const sources = Array.from({ length: 600 }, () => new Readable({ objectMode: true, read: ignore }));
    for (const source of sources) source.pipe(new Writable({ objectMode: true, write: (_r, _e, done) => done() }));
    await settle();
    expect(current.graph.operators).toHaveLength(1024);
    expect(current.board.control[Control.OPERATORS_DROPPED]).toBe(176);
    current.beat();
  });

  it('leaves alone and counts what is connected beyond what can wait for its adoption', () => {
    const source = new Readable({ objectMode: true, read: ignore });
    const target = new PassThrough();
    for (let count = 0; count < 10_003; count++) tracked.current.adoption.link(source, target, 'pipe', () => undefined);
    expect(tracked.current.board.control[Control.OPERATORS_DROPPED]).toBe(3);
  });

  it('is left when the agent thread asks for it', async () => {
    const { current } = tracked;
    let stopped = 0;
    current.graph.onStop = () => stopped++;
    current.board.control[Control.STOP] = 1;
    current.beat();
    expect(stopped).toBe(1);
  });
});

describe('the breadcrumb', () => {
  it('is not put on a sealed stream, which is counted all the same', async () => {
    const sealed = Object.seal(new PassThrough({ objectMode: true }));
    numbers(3).pipe(sealed);
    await settle();
    expect(tracked.current.operatorOf(sealed)?.completed).toBe(3);
  });

  it('is there for the first call, gone from a fast operator, and there again on a slow one', async () => {
    const { current } = tracked;
    const running: unknown[] = [];
    const write = (_record: unknown, _encoding: string, done: () => void): void => {
      if (running.length < 3) running.push(current.board.control[Control.RUNNING_OPERATOR]);
      done();
    };
    const sink = new Writable({ objectMode: true, write });
    const source = new Readable({ objectMode: true, read: ignore });
    source.pipe(sink);
    await settle();
    const id = current.operatorOf(sink)?.id;
    for (let look = 0; look < 3; look++) {
      for (let record = 0; record < 5000; record++) source.push(record);
      await settle();
      current.beat();
      expect(sink._write).toBe(write);
    }
    expect(running).toEqual([id, 0, 0]);
    current.beat();
    expect(sink._write).not.toBe(write);
    for (let look = 0; look < 3; look++) {
      for (let record = 0; record < 5000; record++) source.push(record);
      await settle();
      current.beat();
    }
    expect(sink._write).toBe(write);
  });

  it('is hidden upstream of a fast operator, whose code would be taken for theirs', async () => {
    const { current } = tracked;
    const sink = new Writable({ objectMode: true, write: (_record, _encoding, done) => done() });
    const many = new Transform({
      objectMode: true,
      highWaterMark: 10_000,
      transform(_record, _encoding, done) {
        for (let copy = 0; copy < 5000; copy++) this.push(copy);
        done();
      },
    });
    const source = new Readable({ objectMode: true, read: ignore });
    source.pipe(many).pipe(sink);
    await settle();
    for (let look = 0; look < 4; look++) {
      source.push(look);
      await settle();
      current.beat();
    }
    expect(current.graph.hotOperators).toBe(1);
    expect(many._write).toBe(Transform.prototype._write);
    for (let look = 0; look < 2; look++) current.beat();
    expect(current.graph.hotOperators).toBe(0);
    expect(many._write).not.toBe(Transform.prototype._write);
  });

  it('leaves the functions of a stream as they were when the tracker stops', async () => {
    const { current } = tracked;
    const original = (_record: unknown, _encoding: string, done: () => void): void => done();
    const sink = new Writable({ objectMode: true, write: original });
    const { onwrite } = (sink as unknown as { _writableState: { onwrite: unknown } })._writableState;
    new Readable({ objectMode: true, read: ignore }).pipe(sink);
    await settle();
    current.close();
    expect(sink._write).toBe(original);
    expect((sink as unknown as { _writableState: { onwrite: unknown } })._writableState.onwrite).toBe(onwrite);
  });

  it('does not make a transform flush twice', async () => {
    let flushed = 0;
    const step = new Transform({
      objectMode: true,
      transform: (record, _encoding, done) => done(null, record),
      flush(done) {
        flushed++;
        done();
      },
    });
    const source = new Readable({ objectMode: true, read: ignore });
    source.pipe(step).resume();
    await settle();
    source.push(null);
    await settle();
    expect(flushed).toBe(1);
  });
});
