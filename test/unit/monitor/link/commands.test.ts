import {
  CommandAnswerSchema,
  CommandOutcome,
  CommandSchema,
  create,
  HeartbeatSchema,
  SampleRequestSchema,
  TaskState,
} from '@streamgauge/proto';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { HandMadeWorker } from '../../../support/hand-made-worker.ts';
import { type LinkUnderTest, startLink } from './link-harness.ts';

describe('provisioning', () => {
  test('each worker is welcomed with what is wished of it', async () => {
    const link = await startLink({
      provisioning: [{ jobs: ['batch-*'], reportIntervalMs: 10_000, disabledFeatures: ['await-sample'] }],
    });
    const welcome = async (job: string, worker: string) =>
      (await new HandMadeWorker(link.url).greet({ job, worker })).value as { settings?: object };
    expect((await welcome('batch-1', 'w1')).settings).toMatchObject({
      reportIntervalMillis: 10_000,
      disabledFeatures: ['await-sample'],
    });
    expect((await welcome('orders', 'w2')).settings).toMatchObject({
      reportIntervalMillis: 1000,
      disabledFeatures: [],
    });
  });
});

describe('commands on the link', () => {
  async function asked(): Promise<{ link: LinkUnderTest; worker: HandMadeWorker }> {
    const link = await startLink();
    const worker = new HandMadeWorker(link.url);
    await worker.greet();
    const command = create(CommandSchema, { requestId: 'c1', action: { case: 'exit', value: {} } });
    expect(link.link.sendCommand('nobody', command)).toBe(false);
    expect(link.link.sendCommand('w1', command)).toBe(true);
    await worker.next((body) => body.case === 'command');
    return { link, worker };
  }
  const answer = (worker: HandMadeWorker, outcome: CommandOutcome): void =>
    worker.send({ case: 'commandAnswer', value: create(CommandAnswerSchema, { requestId: 'c1', outcome }) });

  test('a worker that was asked to end, and agreed, has left when its connection breaks', async () => {
    const { link, worker } = await asked();
    answer(worker, CommandOutcome.DONE);
    await eventually(() => link.core.calls.includes('answered w1 c1'));
    worker.socket.terminate();
    await eventually(() => link.core.calls.includes('left w1'));
  });

  test('one that did not agree is lost, and so is one that went on for long', async () => {
    const refused = await asked();
    answer(refused.worker, CommandOutcome.NOT_ALLOWED);
    await eventually(() => refused.link.core.calls.includes('answered w1 c1'));
    refused.worker.socket.terminate();
    await eventually(() => refused.link.core.calls.includes('lost w1'));

    const agreed = await asked();
    answer(agreed.worker, CommandOutcome.DONE);
    await eventually(() => agreed.link.core.calls.includes('answered w1 c1'));
    agreed.link.clock.suspend(121_000);
    agreed.worker.socket.terminate();
    await eventually(() => agreed.link.core.calls.includes('lost w1'));
  });

  test('a peer of an older version is served without them', async () => {
    const { link, worker } = await asked();
    // It does not know the command, and goes on.
    worker.report(1);
    await eventually(() => link.core.reports.length === 1);
    expect(link.link.sendSampleRequest('w1', create(SampleRequestSchema, { requestId: 'r1' }))).toBe(true);
    await worker.next((body) => body.case === 'sampleRequest');
  });
});

describe('tasks on the link', () => {
  test('a heartbeat that speaks of tasks is handed on, and is a sign of life like any other', async () => {
    const link = await startLink();
    const worker = new HandMadeWorker(link.url);
    await worker.greet({ heartbeatPeriodMillis: 1000 });
    const beat = (tasks: { task: string; state: TaskState }[]): void =>
      worker.send({ case: 'heartbeat', value: create(HeartbeatSchema, { periodMillis: 1000, tasks }) });
    beat([{ task: 'a', state: TaskState.RUNNING }]);
    beat([]);
    beat([{ task: '', state: TaskState.RUNNING }]);
    await eventually(() => link.count('frames-refused', 'malformed') === 1);
    expect(link.core.calls).toEqual(['connected w1 s1', `tasks w1 a=${TaskState.RUNNING}`]);
  });
});
