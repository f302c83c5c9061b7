import { describe, expect, test } from 'vitest';
import {
  lookAtThread,
  readThreadCpuMs,
  summariseLooks,
  type ThreadLook,
} from '../../../../agent/src/sample/thread-state.ts';

function proc(files: Record<string, string>): (path: string) => string {
  return (path) => {
    const text = files[path.replace('/proc/self/task/42/', '')];
    if (text === undefined) throw new Error('ENOENT');
    return text;
  };
}

const SLEEPING = {
  stat: '42 (node (x) y) S 1 2 3',
  schedstat: '1500000 77 3',
  wchan: 'do_epoll_wait',
  syscall: '281 0xb 0x7ffd 0x400',
};

test('a sleeping thread is read with what it sleeps in', () => {
  expect(lookAtThread(42, proc(SLEEPING))).toEqual({
    state: 'S',
    cpuMs: 1.5,
    waitChannel: 'do_epoll_wait',
    systemCall: 281,
  });
});

test('a running thread is in no call and sleeps nowhere', () => {
  const running = { ...SLEEPING, stat: '42 (node) R 1', wchan: '0', syscall: 'running' };
  expect(lookAtThread(42, proc(running))).toMatchObject({ state: 'R', waitChannel: '', systemCall: -1 });
});

test('files that may not be read leave their part unknown', () => {
  const { wchan: _wchan, syscall: _syscall, ...allowed } = SLEEPING;
  expect(lookAtThread(42, proc(allowed))).toMatchObject({ state: 'S', waitChannel: '', systemCall: -1 });
});

test('a system without /proc says nothing', () => {
  expect(lookAtThread(42, proc({}))).toBeUndefined();
  expect(readThreadCpuMs(42, proc({ schedstat: 'garbage' }))).toBeUndefined();
});

if (process.platform !== 'linux') console.warn('skipped: a look at this process, because only Linux has /proc');
test.runIf(process.platform === 'linux')('this process can be looked at', () => {
  expect(lookAtThread(process.pid)).toMatchObject({ state: expect.stringMatching(/^[RSD]$/) });
});

describe('several looks together', () => {
  const look = (changes: Partial<ThreadLook>): ThreadLook => ({
    state: 'R',
    cpuMs: 0,
    waitChannel: '',
    systemCall: -1,
    ...changes,
  });

  test('the usual state, and the share of the time on a processor', () => {
    const looks = [look({ cpuMs: 10 }), look({ state: 'S', cpuMs: 30 }), look({ cpuMs: 50 })];
    expect(summariseLooks(looks, 80)).toMatchObject({ state: 'R', cpuShare: 0.5, observedNano: 80_000_000n });
  });

  test('one look says nothing of a share', () => {
    expect(summariseLooks([look({})], 10)).toBeUndefined();
    expect(summariseLooks([], 10)).toBeUndefined();
  });

  test('a share is never outside of 0 and 1', () => {
    expect(summariseLooks([look({ cpuMs: 0 }), look({ cpuMs: 99 })], 50)?.cpuShare).toBe(1);
  });
});
