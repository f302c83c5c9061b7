import { readlinkSync } from 'node:fs';

/** The number by which /proc knows this thread, which only the thread itself can be asked for; 0 where there is no such thing. */
export function systemThread(): number {
  try {
    return Number(/\d+$/.exec(readlinkSync('/proc/thread-self'))?.[0] ?? 0);
  } catch {
    return 0;
  }
}
