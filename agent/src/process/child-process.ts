import { ChildProcess } from 'node:child_process';
import { basename } from 'node:path';
import type { ChildBook } from '../connection/child-book.ts';
import type { Method } from '../stream/internals.ts';
import type { Patches } from '../stream/patch.ts';
import { callStream } from '../stream/stream-name.ts';

/** Follows child processes, and names their ends after the command, without arguments: those may be secret. */
export function hookChildProcess(patches: Patches, book: ChildBook, onError: (error: unknown) => void): void {
  const { prototype } = ChildProcess as unknown as { prototype: Record<string, unknown> };
  patches.method(prototype, 'spawn', (original: Method): Method => {
    return function spawn(this: ChildProcess, ...rest: unknown[]): unknown {
      const result: unknown = original.apply(this, rest);
      try {
        const command = basename(String(this.spawnfile));
        book.follow(this, command);
        for (const end of ['stdin', 'stdout', 'stderr'] as const) {
          const stream = this[end];
          if (typeof stream === 'object' && stream !== null) callStream(stream, `child ${command} ${end}`);
        }
      } catch (error) {
        onError(error);
      }
      return result;
    };
  });
}
