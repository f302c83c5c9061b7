import { arch } from 'node:os';

/** System calls in which a main thread is found standing still, as Linux numbers them. */
const NAMES: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  x64: {
    ...{ 0: 'read', 1: 'write', 7: 'poll', 17: 'pread64', 18: 'pwrite64', 20: 'writev', 23: 'select', 35: 'nanosleep' },
    ...{ 42: 'connect', 44: 'sendto', 45: 'recvfrom', 46: 'sendmsg', 47: 'recvmsg', 61: 'wait4', 73: 'flock' },
    ...{ 74: 'fsync', 75: 'fdatasync', 202: 'futex', 230: 'clock_nanosleep', 232: 'epoll_wait', 247: 'waitid' },
    ...{ 257: 'openat', 262: 'newfstatat', 271: 'ppoll', 281: 'epoll_pwait' },
  },
  arm64: {
    ...{ 22: 'epoll_pwait', 32: 'flock', 56: 'openat', 63: 'read', 64: 'write', 66: 'writev', 67: 'pread64' },
    ...{ 68: 'pwrite64', 73: 'ppoll', 79: 'newfstatat', 82: 'fsync', 83: 'fdatasync', 95: 'waitid', 98: 'futex' },
    ...{ 101: 'nanosleep', 115: 'clock_nanosleep', 203: 'connect', 206: 'sendto', 207: 'recvfrom', 211: 'sendmsg' },
    ...{ 212: 'recvmsg', 260: 'wait4' },
  },
};

/** The name of a system call, or its number where the name is not known. */
export function systemCallName(number: number, architecture: string = arch()): string {
  return NAMES[architecture]?.[number] ?? String(number);
}
