import { EventEmitter, once } from 'node:events';
import { createReadStream, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as readline from 'node:readline';
import * as readlinePromises from 'node:readline/promises';
import { compose, Duplex, PassThrough, pipeline, Readable, Transform, Writable } from 'node:stream';
import promises from 'node:stream/promises';
import { createGunzip, gzipSync } from 'node:zlib';
import { parse } from 'csv-parse';
import { transform } from 'stream-transform';
import { describe, expect, it } from 'vitest';
import { Control, OperatorCell } from '../../../../agent/src/board/layout.ts';
import { settle, trackEachTest } from './tracked.ts';

const tracked = trackEachTest();

class Numbers extends Readable {
  constructor() {
    super({ objectMode: true, read() {} });
  }
}

class Ledger extends Writable {
  constructor() {
    super({ objectMode: true, write: (_record, _encoding, done) => done() });
  }
}

function enrich(record: unknown, _encoding: string, done: (error: null, record: unknown) => void): void {
  done(null, record);
}

function named(): Transform {
  return new Transform({ objectMode: true, transform: enrich });
}

function edges(): string[] {
  return tracked.current.edgeNames().sort();
}

function names(): string[] {
  return [...tracked.current.operators.values()].map(({ name }) => name).sort();
}

describe('the graph of a program that knows nothing of it', () => {
  it('is found from pipe()', async () => {
    new Numbers().pipe(named()).pipe(new Ledger());
    await settle();
    expect(edges()).toEqual(['Numbers -> enrich', 'enrich -> Ledger']);
    expect([...tracked.current.operators.values()].map(({ name, kind, unit }) => [name, kind, unit]).sort()).toEqual([
      ['Ledger', 'sink', 'records'],
      ['Numbers', 'source', 'records'],
      ['enrich', 'transform', 'records'],
    ]);
  });

  it('is found from pipeline() with a callback and with a promise', async () => {
    pipeline(new Numbers(), named(), new Ledger(), () => {});
    void promises.pipeline(new Numbers(), named(), new Ledger()).catch(() => {});
    await settle();
    expect(edges()).toEqual([
      'Numbers #2 -> enrich #2',
      'Numbers -> enrich',
      'enrich #2 -> Ledger #2',
      'enrich -> Ledger',
    ]);
  });

  it('is complete before the first record flows', async () => {
    const seen: string[][] = [];
    class Watching extends Writable {
      override _write(_record: unknown, _encoding: string, done: () => void): void {
        seen.push(names());
        done();
      }
    }
    Readable.from([1]).pipe(new Watching({ objectMode: true }));
    await settle();
    expect(seen[0]).toHaveLength(2);
    expect(seen[0]).toContain('Watching');
  });

  it('leaves out streams that are gone before they flow', async () => {
    const source = new Numbers();
    source.pipe(new Ledger());
    source.destroy();
    await settle();
    expect(names()).toEqual([]);
  });

  it('looks through a composition', async () => {
    class First extends PassThrough {}
    class Last extends PassThrough {}
    const inner = compose(new First({ objectMode: true }), new Last({ objectMode: true }));
    pipeline(new Numbers(), inner, new Ledger(), () => {});
    await settle();
    expect(edges()).toEqual(['First -> Last', 'Last -> Ledger', 'Numbers -> First']);
  });

  it('looks through compositions of compositions, and through the method of a readable', async () => {
    class First extends PassThrough {}
    class Second extends PassThrough {}
    class Third extends PassThrough {}
    const [first, second, third] = [First, Second, Third].map((Kind) => new Kind({ objectMode: true }));
    new Numbers().compose(compose(compose(first, second), third)).pipe(new Ledger());
    await settle();
    expect(edges()).toEqual(['First -> Second', 'Numbers -> First', 'Second -> Third', 'Third -> Ledger']);
  });

  it('counts what the outer stream of a composition holds', async () => {
    const { current } = tracked;
    const held: (() => void)[] = [];
    class Last extends PassThrough {}
    class Held extends Writable {
      override _write(_record: unknown, _encoding: string, done: () => void): void {
        held.push(done);
      }
    }
    const source = new Numbers();
    const sink = new Held({ objectMode: true, highWaterMark: 1 });
    pipeline(source, compose(named(), new Last({ objectMode: true })), sink, () => {});
    await settle();
    for (let record = 0; record < 5; record++) source.push(record);
    await settle();
    const operator = current.operatorOf(sink);
    const passes: number[] = [];
    current.onPass = (passing, epoch) => passing === operator && epoch < 99 && passes.push(passing.completed);
    current.beat();
    source.push('later');
    for (let record = 0; record < 6; record++) {
      await settle();
      held[record]?.();
    }
    expect(passes).toEqual([5]);
  });

  it('counts what the outer stream of a composition holds also when somebody writes into it by hand', async () => {
    const { current } = tracked;
    const held: (() => void)[] = [];
    const head = new Transform({
      objectMode: true,
      highWaterMark: 1,
      transform: (_record, _encoding, done) => held.push(done),
    });
    const outer = compose(head, new PassThrough({ objectMode: true }));
    const router = new Transform({
      objectMode: true,
      transform(record, _encoding, done) {
        outer.write(record);
        done();
      },
    });
    const source = new Numbers();
    source.pipe(router).resume();
    outer.resume();
    for (let record = 0; record < 5; record++) source.push(record);
    await settle();
    const operator = current.operatorOf(head);
    const passes: number[] = [];
    current.onPass = (passing, epoch) => passing === operator && epoch < 99 && passes.push(passing.completed);
    current.beat();
    source.push('later');
    for (let record = 0; record < 6; record++) {
      await settle();
      held[record]?.();
    }
    expect(passes).toEqual([5]);
  });

  it('shows what a transform writes to by hand', async () => {
    class Router extends Transform {
      readonly outputs = [new Ledger(), new Ledger()];
      override _transform(record: number, _encoding: string, done: () => void): void {
        this.outputs[record % 2]?.write(record);
        done();
      }
    }
    const source = new Numbers();
    source.pipe(new Router({ objectMode: true })).resume();
    await settle();
    source.push(1);
    source.push(2);
    await settle();
    expect(edges()).toEqual(['Numbers -> Router', 'Router -> Ledger', 'Router -> Ledger #2']);
  });

  it('does not take a log line in a transform for an edge', async () => {
    class Chatty extends Transform {
      override _transform(_record: unknown, _encoding: string, done: () => void): void {
        process.stdout.write('');
        done();
      }
    }
    const source = new Numbers();
    source.pipe(new Chatty({ objectMode: true })).resume();
    await settle();
    source.push(1);
    await settle();
    expect(edges()).toEqual(['Numbers -> Chatty']);
  });

  it('takes the two sides of a duplex that is no transform for two operators', async () => {
    class Wire extends Duplex {
      override _read(): void {}
      override _write(_record: unknown, _encoding: string, done: () => void): void {
        done();
      }
    }
    const wire = new Wire({ objectMode: true });
    new Numbers().pipe(wire);
    wire.pipe(new Ledger());
    await settle();
    expect(edges()).toEqual(['Numbers -> Wire (sink)', 'Wire (source) -> Ledger']);
  });

  it('excludes the edge that closes a loop', async () => {
    const source = new Numbers();
    const first = named();
    const second = new PassThrough({ objectMode: true });
    source.pipe(first).pipe(second).pipe(first);
    await settle();
    expect([...tracked.current.edges.values()].map(({ back }) => back).sort()).toEqual([false, false, true]);
    tracked.current.beat();
    expect(tracked.current.operatorOf(second)?.low).toBe(1);
  });

  it('connects the streams around a generator in a pipeline', async () => {
    async function* double(source: AsyncIterable<number>): AsyncGenerator<number> {
      for await (const record of source) yield record * 2;
    }
    const sink = new Ledger();
    pipeline(new Numbers(), double, sink, () => {});
    await settle();
    expect(edges()).toEqual(['Numbers -> double', 'double -> Ledger']);
    tracked.current.beat();
    expect(tracked.current.operatorOf(sink)?.low).toBe(1);
  });

  it('knows the streams of csv-parse and stream-transform by their names', async () => {
    const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
    pipeline(
      Readable.from(['a,b\n', '1,2\n'], { objectMode: false }),
      parse({ columns: true }),
      transform((record) => JSON.stringify(record)),
      sink,
      () => {},
    );
    await settle();
    expect(names()).toEqual([
      expect.stringMatching(/^Parser$/),
      expect.stringMatching(/^Readable graph\.test\.ts:\d+$/),
      'Transformer',
      expect.stringMatching(/^Writable graph\.test\.ts:\d+$/),
    ]);
  });

  it('forgets an edge that is unpiped, and lets the markers through', async () => {
    const { current } = tracked;
    const source = new Numbers();
    const sink = new Ledger();
    source.pipe(sink);
    await settle();
    const operator = current.operatorOf(sink);
    source.unpipe(sink);
    for (let record = 0; record < 3; record++) source.push(record);
    current.beat();
    current.beat();
    expect(operator?.inputs).toEqual([]);
    expect(operator?.low).toBe(2);
  });

  it('lets go of streams that have ended, and frees their slots and names', async () => {
    const { current } = tracked;
    for (let round = 0; round < 3; round++) {
      await promises.pipeline(Readable.from([1, 2, 3]), named(), new Ledger());
      current.beat();
    }
    expect(current.graph.operators).toHaveLength(0);
    expect(new Set([...current.operators.values()].map(({ name }) => name)).size).toBe(3);
    expect(Math.max(...[...current.operators.values()].map(({ slot }) => slot))).toBe(2);
    const ids = current.board.operators.filter((_cell, index) => index % OperatorCell.STRIDE === OperatorCell.ID);
    expect(ids.every((id) => id === 0)).toBe(true);
  });

  it('closes what a destroyed stream leaves behind', async () => {
    const { current } = tracked;
    const source = new Numbers();
    const other = new Numbers();
    const sink = new Writable({ objectMode: true, write: (_record, _encoding, done) => void setImmediate(done) });
    source.pipe(sink, { end: false });
    other.pipe(sink, { end: false });
    await settle();
    for (let record = 0; record < 50; record++) source.push(record);
    current.beat();
    source.destroy();
    await settle(200);
    current.beat();
    await settle();
    current.beat();
    expect(current.operatorOf(sink)?.low).toBe(3);
  });
});

describe('lines', () => {
  async function withLines(take: (lines: readline.Interface, index: Writable) => Promise<void>): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'streamgauge-'));
    const file = join(folder, 'lines.gz');
    writeFileSync(file, gzipSync('one\ntwo\nthree\n'));
    class Index extends Writable {}
    const index = new Index({ objectMode: true, write: (_line, _encoding, done) => void setImmediate(done) });
    try {
      await take(readline.createInterface({ input: createReadStream(file).pipe(createGunzip()) }), index);
      await settle();
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  it('go from the input to what their listener writes to', async () => {
    await withLines(async (lines, index) => {
      lines.on('line', (line) => index.write(line));
      await once(lines, 'close');
      await settle();
    });
    expect(edges()).toEqual(['Gunzip -> Interface', 'Interface -> Index', 'ReadStream -> Gunzip']);
  });

  it('go from the input to what the loop over them writes to', async () => {
    const written: string[] = [];
    await withLines(async (lines, index) => {
      for await (const line of lines) {
        written.push(line);
        if (!index.write(line)) await once(index, 'drain');
      }
      await settle();
    });
    expect(written).toEqual(['one', 'two', 'three']);
    expect(edges()).toEqual(['Gunzip -> Interface', 'Interface -> Index', 'ReadStream -> Gunzip']);
  });

  it('that come in one chunk are all done before a marker that is behind the chunk', async () => {
    const { current } = tracked;
    const input = new Readable({ read() {} });
    const lines = readline.createInterface({ input });
    const index = new Writable({
      objectMode: true,
      write(_line, _encoding, done) {
        current.pulse();
        done();
      },
    });
    new Readable({ objectMode: true, read() {} }).pipe(index);
    let done = 0;
    lines.on('line', (line) => {
      index.write(line);
      done++;
    });
    await settle();
    const doneAt: number[] = [];
    current.onPass = (operator) => {
      if (operator.name === 'Interface') doneAt.push(done);
    };
    input.push('one\ntwo\nthree\n');
    await settle();
    expect(new Set(doneAt)).toEqual(new Set([3]));
  });

  it('leave nobody running when a listener has brought the next one itself', async () => {
    const input = new Readable({ read() {} });
    const lines = readline.createInterface({ input });
    lines.on('line', (line) => line === 'one' && lines.write('two\n'));
    await settle();
    input.push('one\n');
    await settle();
    expect(tracked.current.board.control[Control.RUNNING_OPERATOR]).toBe(0);
  });

  it('are done when the next one is asked for', async () => {
    const { current } = tracked;
    const input = new PassThrough();
    const lines = readlinePromises.createInterface({ input });
    const iterator = lines[Symbol.asyncIterator]();
    input.write('one\ntwo\n');
    await settle();
    const operator = current.named('Interface');
    await iterator.next();
    expect([operator?.completed, operator?.queued()]).toEqual([0, 2]);
    await iterator.next();
    expect([operator?.completed, operator?.queued()]).toEqual([1, 1]);
    current.beat();
    expect(operator?.low).toBe(0);
    void iterator.next();
    expect(operator?.low).toBe(1);
    lines.close();
    current.beat();
    expect(operator?.released).toBe(true);
  });

  it('leaves an interface that talks to a person alone', async () => {
    const output = new PassThrough();
    const lines = readline.createInterface({ input: new PassThrough(), output, terminal: true });
    await settle();
    expect(names()).toEqual([]);
    lines.close();
  });

  it('changes nothing that a program can see of an interface', () => {
    const lines = readline.createInterface({ input: new PassThrough() });
    expect(lines).toBeInstanceOf(EventEmitter);
    expect(Object.keys(lines)).not.toContain('emit');
    expect(lines.emit('line', 'nobody listens')).toBe(false);
    lines.close();
  });
});
