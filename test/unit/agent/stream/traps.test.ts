import { spawnSync } from 'node:child_process';
import * as streams from 'node:stream';
import { PassThrough, Readable, Transform, Writable } from 'node:stream';
import promises from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Held, settle, trackEachTest } from './tracked.ts';

/** Threads that load the agent from its source take seconds each on a machine that is busy. */
const LONG_MS = 60_000;

const tracked = trackEachTest();

/** A source that gives what the test tells it to. */
function source(options: streams.ReadableOptions = { objectMode: true }): Readable {
  return new Readable({ ...options, read() {} });
}

/** A sink that calls back when the test tells it to. */
function heldSink(held: Held[], options: streams.WritableOptions = { objectMode: true }): Writable {
  return new Writable({
    ...options,
    write(record, _encoding, done) {
      held.push({ record, release: () => done() });
    },
  });
}

/** Notes how many records a stream's operator had completed when it passed each epoch. */
function watchPasses(...operators: Writable[]): Map<Writable, number[]> {
  const passes = new Map<Writable, number[]>(operators.map((stream) => [stream, []]));
  tracked.current.onPass = (operator, epoch) => {
    if (epoch === Number.POSITIVE_INFINITY) return;
    passes.get(operator.stream as Writable)?.push(operator.completed);
  };
  return passes;
}

describe('traps of positional markers', () => {
  it('T1: the record that is being completed no longer counts as queued', async () => {
    const { current } = tracked;
    const records = source();
    const sink = new Writable({
      objectMode: true,
      write(_record, _encoding, done) {
        current.pulse();
        done();
      },
    });
    records.pipe(sink);
    await settle();
    records.push('the only one');
    await settle();
    expect(current.operatorOf(sink)?.low).toBe(1);
  });

  it('T2: a marker passes before the next record begins', async () => {
    const { current } = tracked;
    const order: string[] = [];
    const held: Held[] = [];
    const records = source();
    const sink = new Writable({
      objectMode: true,
      write(record, _encoding, done) {
        order.push(`write ${record}`);
        held.push({ record, release: () => done() });
      },
    });
    current.onPass = (operator) => operator.stream === sink && order.push('marker');
    records.pipe(sink);
    await settle();
    records.push(1);
    await settle();
    current.beat();
    records.push(2);
    await settle();
    held[0]?.release();
    expect(order).toEqual(['write 1', 'marker', 'write 2']);
  });

  it('T3: in the middle of a broadcast, a branch that has not got the record yet does not pass', async () => {
    const { current } = tracked;
    const records = source();
    const first = new Writable({
      objectMode: true,
      write(_record, _encoding, done) {
        current.pulse();
        done();
      },
    });
    const second = new Writable({ objectMode: true, write: (_record, _encoding, done) => done() });
    records.pipe(first);
    records.pipe(second);
    await settle();
    const passes = watchPasses(first, second);
    for (let record = 0; record < 3; record++) {
      records.push(record);
      await settle();
    }
    expect(passes.get(second)).toEqual([1, 2, 3]);
  });

  it('T3: in the middle of an emit of which somebody else hears first, the target of the pipe does not pass', async () => {
    const { current } = tracked;
    const records = source();
    let reached = 0;
    const target = new Writable({
      objectMode: true,
      write(_record, _encoding, done) {
        reached++;
        done();
      },
    });
    const other = new Writable({
      objectMode: true,
      write(_record, _encoding, done) {
        current.pulse();
        done();
      },
    });
    source().pipe(other);
    records.on('data', (record) => other.write(record));
    records.pipe(target);
    await settle();
    const reachedAt: number[] = [];
    current.onPass = (operator) => {
      if (operator.stream === target) reachedAt.push(reached);
    };
    for (let record = 0; record < 3; record++) {
      records.push(record);
      await settle();
    }
    expect(reachedAt).toEqual([1, 2, 3]);
  });

  it('T4: with several inputs, what waits at a source gets its position when it has been handed over', async () => {
    const { current } = tracked;
    const held: Held[] = [];
    const sink = heldSink(held, { objectMode: true, highWaterMark: 1 });
    const left = source();
    const right = source();
    left.pipe(sink);
    right.pipe(sink);
    await settle();
    const passes = watchPasses(sink);
    for (const record of [1, 2, 3]) {
      left.push(`left ${record}`);
      right.push(`right ${record}`);
    }
    await settle();
    current.beat();
    for (let count = 0; count < 6; count++) {
      held[count]?.release();
      await settle();
    }
    expect(held).toHaveLength(6);
    expect(passes.get(sink)).toEqual([6]);
  });

  it('T5: the end of an input takes its place in the queue', async () => {
    const { current } = tracked;
    const held: Held[] = [];
    const sink = heldSink(held, { objectMode: true, highWaterMark: 1 });
    const ending = source();
    const open = source();
    ending.pipe(sink, { end: false });
    open.pipe(sink, { end: false });
    await settle();
    const passes = watchPasses(sink);
    for (const record of [1, 2, 3]) ending.push(record);
    ending.push(null);
    await settle();
    current.beat();
    for (let count = 0; count < 3; count++) {
      held[count]?.release();
      await settle();
      current.look();
    }
    expect(current.operatorOf(ending)).toBeUndefined();
    expect(passes.get(sink)).toEqual([3]);
  });

  it.each([
    ['bytes into objects', {}, { objectMode: true }, undefined, 4],
    ['bytes into bytes', {}, { objectMode: false }, undefined, 40],
    ['text into objects', {}, { objectMode: true }, 'utf8', 4],
    ['text into bytes', {}, { objectMode: false }, 'utf8', 40],
    ['objects into bytes', { objectMode: true }, { objectMode: false }, undefined, 40],
  ] as const)('T6: %s are counted in the unit of the target', async (_shape, give, take, encoding, expected) => {
    const { current } = tracked;
    const held: Held[] = [];
    // Ten bytes a chunk, five characters.
    const sink = heldSink(held, { ...take, highWaterMark: 1 });
    const records = source(give);
    if (encoding !== undefined) records.setEncoding(encoding);
    records.pipe(sink);
    await settle();
    const passes = watchPasses(sink);
    for (let chunk = 0; chunk < 4; chunk++) records.push(give === undefined ? 'ééééé' : Buffer.from('ééééé'));
    await settle();
    current.beat();
    for (let count = 0; count < 4; count++) {
      held[count]?.release();
      await settle();
    }
    records.push(Buffer.from('later'));
    await settle();
    held[4]?.release();
    await settle();
    expect(passes.get(sink)).toEqual([expected]);
  });

  it('T6: strings given as objects are counted in bytes', async () => {
    const { current } = tracked;
    const held: Held[] = [];
    const sink = heldSink(held, { highWaterMark: 1 });
    const records = source({ objectMode: true });
    records.pipe(sink);
    await settle();
    const passes = watchPasses(sink);
    for (let chunk = 0; chunk < 3; chunk++) records.push('ééééé');
    await settle();
    current.beat();
    for (let count = 0; count < 3; count++) {
      held[count]?.release();
      await settle();
    }
    expect(passes.get(sink)).toEqual([30]);
  });

  it(
    'T7: a preload that also runs in worker threads joins the one agent, and starts no thread of its own',
    () => {
      const program = `
      import { writeSync } from 'node:fs';
      import { isMainThread, threadId, Worker, workerData } from 'node:worker_threads';
      const running = globalThis[Symbol.for('streamgauge.agent.running')]?.running === true;
      // Threads are numbered as they are started: the agent's is 1, this program's are 2 and, unless there is one more, 3.
      // Straight to the descriptor: what a thread prints goes through the thread that started it, which may be gone first.
      writeSync(1, (isMainThread ? 'main ' : 'worker ' + threadId + ' ') + running + '\\n');
      if (threadId < 2) new Worker(new URL(import.meta.url));
      else if (workerData !== 'the last') new Worker(new URL(import.meta.url), { workerData: 'the last' });
    `;
      expect(run(program).stdout.split('\n').filter(Boolean).sort()).toEqual([
        'main true',
        'worker 2 true',
        'worker 3 true',
      ]);
    },
    LONG_MS,
  );

  it('T8: a lost callback still lets the process end', () => {
    const program = `
      import { Readable, Writable } from 'node:stream';
      Readable.from([1, 2, 3]).pipe(new Writable({ objectMode: true, write() { console.log('lost') } }));
    `;
    expect(run(program)).toMatchObject({ stdout: 'lost\n', status: 0 });
  });

  it('T9: modules that import the functions by name get the hooked ones, with everything that is on them', () => {
    const { current } = tracked;
    const hooked = { pipeline: streams.pipeline, compose: streams.compose, awaited: promises.pipeline };
    expect(promisify(streams.pipeline)).toBe(promises.pipeline);
    expect(streams.pipeline).toBe(streams.default.pipeline);
    const { name, length } = Readable.prototype.pipe;
    current.close();
    expect(streams.pipeline).not.toBe(hooked.pipeline);
    expect(streams.compose).not.toBe(hooked.compose);
    expect(promises.pipeline).not.toBe(hooked.awaited);
    expect({ name, length }).toEqual({ name: Readable.prototype.pipe.name, length: Readable.prototype.pipe.length });
    for (const [key, value] of Object.entries({ pipeline: streams.pipeline, compose: streams.compose })) {
      const mine = hooked[key as 'pipeline' | 'compose'];
      expect([mine.name, mine.length]).toEqual([value.name, value.length]);
    }
  });
});

describe('a flush', () => {
  it('that hangs holds the markers behind it', async () => {
    const { current } = tracked;
    let flushed = (): void => {};
    const records = source();
    const hanging = new Transform({
      objectMode: true,
      transform: (record, _encoding, done) => done(null, record),
      flush(done) {
        flushed = done;
      },
    });
    const tail = new PassThrough({ objectMode: true });
    records.pipe(hanging).pipe(tail).resume();
    await settle();
    records.push(1);
    await settle();
    current.beat();
    const operator = current.operatorOf(hanging);
    expect(operator?.low).toBe(1);
    records.push(null);
    await settle();
    current.beat();
    current.beat();
    expect(operator?.low).toBe(1);
    flushed();
    await settle();
    current.beat();
    expect(operator?.low).toBe(Number.POSITIVE_INFINITY);
  });
});

function run(program: string): { stdout: string; status: number | null } {
  const register = fileURLToPath(new URL('../../../../agent/src/register.ts', import.meta.url));
  const url = `data:text/javascript,${encodeURIComponent(program)}`;
  const child = spawnSync(
    process.execPath,
    [
      '--conditions=streamgauge-source',
      '--import',
      register,
      '--input-type=module',
      '-e',
      `import ${JSON.stringify(url)}`,
    ],
    { encoding: 'utf8', timeout: LONG_MS, env: { ...process.env, STREAMGAUGE_LOG: 'off', NODE_OPTIONS: '' } },
  );
  return { stdout: child.stdout, status: child.status };
}
