import { PassThrough, pipeline, Readable, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { AgentError } from '../../../../agent/src/errors.ts';
import { defineOperator } from '../../../../agent/src/explicit/define-operator.ts';
import { checkDefinition, checkFunctionOptions } from '../../../../agent/src/explicit/definition.ts';
import { inJob } from '../../../../agent/src/explicit/in-job.ts';
import { watchOperator } from '../../../../agent/src/explicit/watched.ts';
import { FunctionOperator } from '../../../../agent/src/operator/function-operator.ts';
import { settle, trackEachTest } from '../stream/tracked.ts';

const tracked = trackEachTest();

const jobs = (): Record<string, string> =>
  Object.fromEntries(tracked.current.graph.operators.map(({ name, job }) => [name.replace(/ .*/, ''), job]));

class Source extends Readable {
  constructor() {
    super({ objectMode: true, read: () => undefined });
  }
}
class Step extends PassThrough {}
class Sink extends Writable {
  constructor() {
    super({ objectMode: true, write: (_record, _encoding, done) => done() });
  }
}
class OtherSource extends Source {}
class OtherSink extends Sink {}

/** Says it of the running tracker, as `inJob` does. */
function say<T extends object>(job: string, stream: T): T {
  tracked.current.adoption.assign(stream, job);
  return stream;
}

describe('the job of a stream', () => {
  test('is that of the first stream of its pipeline, for all that follow', async () => {
    pipeline(say('orders', new Source()), new Step({ objectMode: true }), new Sink(), () => undefined);
    new OtherSource().pipe(new OtherSink());
    await settle();
    expect(jobs()).toEqual({ Source: 'orders', Step: 'orders', Sink: 'orders', OtherSource: '', OtherSink: '' });
  });

  test('may be said of streams that are known already, and reaches those behind them', async () => {
    const source = new Source();
    source.pipe(new Sink());
    await settle();
    expect(jobs()).toEqual({ Source: '', Sink: '' });
    say('orders', source);
    expect(jobs()).toEqual({ Source: 'orders', Sink: 'orders' });
  });

  test('may be said of a generator, and of what Readable.from makes of one', async () => {
    async function* bills() {
      for (let bill = 0; bill < 3; bill++) yield await new Promise((resolve) => setImmediate(resolve, bill));
    }
    async function* orders() {
      for await (const bill of bills()) yield bill;
    }
    say('billing', Readable.from(bills())).pipe(new Sink());
    Readable.from(say('orders', orders())).pipe(new OtherSink());
    await settle(2);
    expect(jobs()).toMatchObject({ Sink: 'billing', orders: 'orders', OtherSink: 'orders' });
  });

  test('is not handed on against the stream: flows that share their end stay apart', async () => {
    const shared = say('orders', new Sink());
    new Source().pipe(shared);
    say('billing', new OtherSource()).pipe(shared);
    await settle();
    expect(jobs()).toEqual({ Source: '', Sink: 'orders', OtherSource: 'billing' });
  });

  test('stays what was said first, by word or by who gives', async () => {
    const sink = new Sink();
    say('orders', new Source()).pipe(sink);
    await settle();
    say('billing', new OtherSource()).pipe(sink);
    await settle();
    expect(jobs()).toEqual({ Source: 'orders', Sink: 'orders', OtherSource: 'billing' });
  });
});

describe('the job of an operator that is defined', () => {
  test('is what its definition says, and that of whatever it feeds', () => {
    const { graph } = tracked.current;
    const poll = watchOperator(graph, checkDefinition('poll', { kind: 'source', job: 'billing' }));
    const handle = watchOperator(graph, checkDefinition('handle', {}));
    FunctionOperator.wrap(graph, 'charge', async () => undefined, { job: 'billing' });
    FunctionOperator.wrap(graph, 'tidy', async () => undefined);
    if (poll === undefined || handle === undefined) throw new Error('no room');
    poll.feeds(handle);
    expect(jobs()).toEqual({ poll: 'billing', handle: 'billing', charge: 'billing', tidy: '' });
  });

  test('has a name that can be shown', () => {
    expect(checkDefinition('a', { job: 'or\u0000ders' }).job).toBe('or\ufffdders');
    expect(checkDefinition('a', { job: 'x'.repeat(300) }).job).toHaveLength(200);
  });

  test.each([[''], ['  '], [7]])('cannot be %j', (job) => {
    const wrong = { job: job as string };
    expect(() => defineOperator('a', wrong)).toThrow(AgentError);
    expect(() => checkFunctionOptions('a', wrong)).toThrow(/job has to be a text/);
    expect(() => inJob(job as string, new Source())).toThrow(/job has to be a text/);
  });

  test('is said of an object; without an agent nothing happens', () => {
    expect(() => inJob('orders', undefined as unknown as object)).toThrow(/has to be a stream/);
    const source = new Source();
    expect(inJob('orders', source)).toBe(source);
  });
});
