import { create, EventSchema, HeartbeatSchema, LIMITS, TaskResultSchema, TaskState, Topic } from '@streamgauge/proto';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { HandMadeWorker } from '../../../support/hand-made-worker.ts';
import { type LinkUnderTest, startLink } from './link-harness.ts';

const token = 'a-token-of-twenty-four-c';

/** What the core was told after a worker of job `orders` has reported operators of these jobs. */
async function report(jobs: readonly string[], allowed?: readonly string[]) {
  const link: LinkUnderTest = await startLink({
    tokens: [{ name: 'w', role: 'worker', token, ...(allowed === undefined ? {} : { jobs: [...allowed] }) }],
  });
  const worker = new HandMadeWorker(link.url, { headers: { authorization: `Bearer ${token}` } });
  await worker.greet({ job: 'orders' });
  worker.report(1, { operators: jobs.map((job, index) => ({ id: index + 1, name: `of ${job}`, job })) });
  await eventually(() => link.core.reports.length > 0);
  const [received] = link.core.reports;
  return { link, worker, told: received?.operators.map(({ job }) => job), drops: received?.drops?.jobs };
}

describe('the jobs that operators name', () => {
  test('are taken from a worker whose token is for all', async () => {
    const { link, told } = await report(['', 'orders', 'billing']);
    expect(told).toEqual(['', 'orders', 'billing']);
    expect(link.count('jobs-refused')).toBe(0);
  });

  test('are not taken for which the token of the worker is not: its operators stay part of its own job', async () => {
    const { link, worker, told, drops } = await report(['billing', 'orders', 'orders-eu', 'billing', ''], ['orders*']);
    expect(told).toEqual(['', 'orders', 'orders-eu', '', '']);
    expect(link.count('jobs-refused', 'forbidden'), 'one name').toBe(1);
    expect(drops, 'two operators').toBe(2n);
    expect(link.logged.join('\n')).toContain(
      'of job billing is shown under its own job orders: its token is not for that job.',
    );
    expect(worker.socket.readyState, 'the worker goes on').toBe(worker.socket.OPEN);
  });

  test('are taken up to as many as a report may name', async () => {
    const names = Array.from({ length: LIMITS.JOBS_PER_REPORT + 3 }, (_, index) => `job ${index}`);
    const { link, told } = await report(names);
    expect(told?.slice(-5)).toEqual(['job 30', 'job 31', '', '', '']);
    expect(link.count('jobs-refused', 'too-many')).toBe(3);
  });

  test('are not taken of tasks either, neither while they run nor from how they ended', async () => {
    const { link, worker } = await report([], ['orders*']);
    worker.send({
      case: 'heartbeat',
      value: create(HeartbeatSchema, {
        periodMillis: 5000,
        tasks: ['billing', 'orders-eu'].map((job) => ({ task: `of ${job}`, job, state: TaskState.RUNNING })),
      }),
    });
    const ended = create(TaskResultSchema, { task: 'of billing', job: 'billing', state: TaskState.SUCCEEDED });
    const payload = { case: 'taskResult' as const, value: ended };
    worker.send({ case: 'event', value: create(EventSchema, { topic: Topic.STATUS, number: 1n, payload }) });
    await eventually(() => link.core.events.length > 0);
    const { RUNNING } = TaskState;
    expect(link.core.calls).toContain(`tasks w1 of billing=${RUNNING} of orders-eu=${RUNNING} of orders-eu`);
    expect(link.core.events[0]?.payload.value).toMatchObject({ task: 'of billing', job: '' });
    expect(link.count('jobs-refused', 'forbidden')).toBe(2);
  });

  test('are trimmed like every text of a worker', async () => {
    const { told } = await report(['bil\u0000ling', 'x'.repeat(5000)]);
    expect(told?.[0]).toBe('bil\ufffdling');
    expect(told?.[1]).toHaveLength(LIMITS.IDENTITY_CHARACTERS);
  });
});
