import { create, StatusAnswerSchema, StatusRequestSchema } from '@streamgauge/proto';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { HandMadeWorker } from '../../../support/hand-made-worker.ts';
import { startLink } from './link-harness.ts';

const request = create(StatusRequestSchema, { requestId: 'r1', sections: ['threads'] });

describe.each([{ json: false }, { json: true }])('a request for the status, json $json', ({ json }) => {
  test('reaches a worker that has said that it answers, and its answer comes back', async () => {
    const link = await startLink();
    const worker = new HandMadeWorker(link.url, { json });
    await worker.greet({ capabilities: ['status'] });
    expect(link.link.sendStatusRequest('w1', request)).toBe('sent');
    expect(await worker.next(({ case: kind }) => kind === 'statusRequest')).toMatchObject({
      value: { requestId: 'r1', sections: ['threads'] },
    });
    const sections = [{ name: 'threads', version: 1, body: { main: { state: 'R\u001b' }, list: [1, null, 'x'] } }];
    worker.send({ case: 'statusAnswer', value: create(StatusAnswerSchema, { requestId: 'r1', sections }) });
    await eventually(() => link.answers.length === 1);
    expect(link.answers[0]).toMatchObject({
      worker: 'w1',
      answer: { requestId: 'r1', sections: [{ body: { main: { state: 'R\ufffd' }, list: [1, null, 'x'] } }] },
    });
  });
});

test('a worker that has not said so is not asked, and one that is not there neither', async () => {
  const link = await startLink();
  const worker = new HandMadeWorker(link.url);
  await worker.greet({ capabilities: ['cpu-sample'] });
  expect(link.link.sendStatusRequest('w1', request)).toBe('unable');
  expect(link.link.sendStatusRequest('nobody', request)).toBe('absent');
  expect(worker.received.some(({ body }) => body.case === 'statusRequest')).toBe(false);
});

test('an answer that nobody waits for is counted and does no harm', async () => {
  const link = await startLink();
  link.claims = false;
  const worker = new HandMadeWorker(link.url);
  await worker.greet({ capabilities: ['status'] });
  for (let count = 0; count < 20; count++)
    worker.send({ case: 'statusAnswer', value: create(StatusAnswerSchema, { requestId: `made up ${count}` }) });
  await eventually(() => link.count('frames-refused', 'unclaimed') === 20);
  expect(link.link.workers).toBe(1);
});
