import { create, type StatusAnswer, StatusAnswerSchema, type StatusRequest } from '@streamgauge/proto';
import { beforeEach, describe, expect, test } from 'vitest';
import { StatusDesk, type StatusRequester } from '../../../../monitor/src/status/status-desk.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

let clock: FakeClock;
let requests: { readonly worker: string; readonly request: StatusRequest }[];
let how: ReturnType<StatusRequester>;
let desk: StatusDesk;

beforeEach(() => {
  clock = new FakeClock();
  requests = [];
  how = 'sent';
  let ids = 0;
  desk = new StatusDesk({
    clock,
    newId: () => `r${++ids}`,
    request: (worker, request) => {
      requests.push({ worker, request });
      return how;
    },
  });
});

function answer(changes: object = {}): StatusAnswer {
  return create(StatusAnswerSchema, {
    requestId: 'r1',
    takenUnixNano: 1_700_000_000_000_000_000n,
    sections: [{ name: 'threads', version: 2, body: { main: { state: 'R' } } }],
    missing: ['gc: everything, because'],
    partial: true,
    ...changes,
  });
}

const faultOf = (promise: Promise<unknown>): Promise<{ code: string; message: string }> =>
  promise.then(
    () => ({ code: 'none', message: '' }),
    ({ code, message }) => ({ code, message }),
  );

describe('a question about the status of a worker', () => {
  test('is sent with its sections, and its answer comes back as a view', async () => {
    const asked = desk.ask('w1', ['threads'], 1000);
    expect(requests).toMatchObject([{ worker: 'w1', request: { requestId: 'r1', sections: ['threads'] } }]);
    expect(desk.deliver('w1', answer())).toBe(true);
    expect(await asked).toEqual({
      takenAt: '2023-11-14T22:13:20.000Z',
      partial: true,
      sections: { threads: { version: 2, body: { main: { state: 'R' } } } },
      missing: ['gc: everything, because'],
    });
  });

  test('is not answered by another worker, and not twice', async () => {
    const asked = desk.ask('w1', [], 1000);
    expect(desk.deliver('w2', answer())).toBe(false);
    expect(desk.deliver('w1', answer({ requestId: 'r2' }))).toBe(false);
    expect(desk.deliver('w1', answer())).toBe(true);
    expect(desk.deliver('w1', answer())).toBe(false);
    await asked;
  });

  test('that nobody answers ends in an error, and a late answer is nobody\u2019s', async () => {
    const asked = faultOf(desk.ask('w1', [], 1000));
    await Promise.resolve();
    clock.advance(1000);
    expect(await asked).toMatchObject({
      code: 'SG_MONITOR_WORKER_UNAVAILABLE',
      message: 'Worker "w1" did not tell its status within 1000 ms.',
    });
    expect(desk.deliver('w1', answer())).toBe(false);
  });

  test('that waits at the end of the monitor is ended', async () => {
    const asked = faultOf(desk.ask('w1', [], 1000));
    desk.close();
    expect((await asked).message).toBe('Worker "w1" has not told its status before the end of the monitor.');
    expect(desk.deliver('w1', answer())).toBe(false);
  });

  test('that cannot be sent says why', async () => {
    how = 'absent';
    expect((await faultOf(desk.ask('w1', [], 1000))).message).toContain('not connected');
    how = 'unable';
    expect((await faultOf(desk.ask('w1', [], 1000))).message).toContain('cannot be asked for its status; update it');
  });

  test('that the worker refuses carries its code and its words', async () => {
    const asked = faultOf(desk.ask('w1', [], 1000));
    desk.deliver('w1', answer({ errorCode: 'SG_AGENT_STATUS_BUSY', errorMessage: 'Ask again later.' }));
    expect((await asked).message).toBe(
      'Worker "w1" refuses to tell its status (SG_AGENT_STATUS_BUSY): Ask again later.',
    );
  });

  test('shares the answer with those who ask the same meanwhile, and not with later ones', async () => {
    const both = [desk.ask('w1', ['cpu'], 1000), desk.ask('w1', ['cpu'], 1000)];
    const other = desk.ask('w1', ['memory'], 1000);
    expect(requests).toHaveLength(2);
    desk.deliver('w1', answer());
    desk.deliver('w1', answer({ requestId: 'r2' }));
    await Promise.all([...both, other]);
    void faultOf(desk.ask('w1', ['cpu'], 1000));
    expect(requests).toHaveLength(3);
  });

  test('is refused when too many wait already', async () => {
    const waiting = Array.from({ length: 256 }, (_, index) => faultOf(desk.ask(`w${index}`, [], 1000)));
    expect(await faultOf(desk.ask('one more', [], 1000))).toMatchObject({ code: 'SG_MONITOR_TOO_MANY' });
    clock.advance(1000);
    await Promise.all(waiting);
    void faultOf(desk.ask('one more', [], 1000));
    expect(requests).toHaveLength(257);
  });
});
