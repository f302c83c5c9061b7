import { LIMITS } from '@streamgauge/proto/limits';
import { expect, test } from 'vitest';
import { createBoard } from '../../../../agent/src/board/board.ts';
import { JobNames } from '../../../../agent/src/thread/job-names.ts';
import type { ToThread } from '../../../../agent/src/thread/messages.ts';
import { createTopology } from '../../../../agent/src/thread/topology.ts';

const announce = (id: number, job?: string): ToThread => ({
  type: 'operator',
  id,
  slot: id % 1000,
  name: `operator ${id}`,
  kind: 'transform',
  unit: 'records',
  location: undefined,
  leg: undefined,
  ...(job !== undefined && { job }),
});
const end = (id: number): ToThread => ({ type: 'operator-ended', id, completed: 0, emitted: 0 });

test('an operator has the job that it is announced with, or that turns out later', () => {
  const topology = createTopology(createBoard());
  topology.apply(announce(1, 'orders'), 0);
  topology.apply(announce(2), 0);
  expect(topology.operators.get(1)?.job).toBe('orders');
  expect(topology.operators.get(2)?.job).toBe('');
  topology.apply({ type: 'operator-job', id: 2, job: 'billing' }, 0);
  topology.apply({ type: 'operator-job', id: 99, job: 'billing' }, 0);
  expect(topology.operators.get(2)?.job).toBe('billing');
});

test('only so many jobs are told at once over all threads; what is beyond is counted and part of the own one', () => {
  const jobs = new JobNames();
  const [main, other] = [createTopology(createBoard(), jobs), createTopology(createBoard(), jobs)];
  for (let id = 1; id <= LIMITS.JOBS_PER_REPORT; id++)
    (id % 2 === 0 ? main : other).apply(announce(id, `job ${id}`), 0);
  expect(jobs.refused).toBe(0);
  main.apply(announce(100, 'one more'), 0);
  main.apply(announce(101, 'job 1'), 0);
  expect([100, 101].map((id) => main.operators.get(id)?.job)).toEqual(['', 'job 1']);
  expect(jobs.refused).toBe(1);
});

test('a program that makes up a job for every pipeline has room for the next one when the last has ended', () => {
  const jobs = new JobNames();
  const topology = createTopology(createBoard(), jobs);
  for (let id = 1; id <= 2000; id++) {
    topology.apply(announce(id, `job ${id}`), 0);
    topology.apply(end(id), 0);
    topology.forgetEnded();
  }
  // Nobody takes reports: those that wait for their last one are forgotten, and their jobs with them.
  for (let id = 3000; id <= 4000; id++) {
    topology.apply(announce(id, 'the same'), 0);
    topology.apply(end(id), 0);
  }
  topology.forgetEnded();
  expect(jobs.refused).toBe(0);
  for (let id = 1; id <= LIMITS.JOBS_PER_REPORT; id++) expect(jobs.take(`new ${id}`)).toBe(`new ${id}`);
});
