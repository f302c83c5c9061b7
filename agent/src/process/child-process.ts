import { ChildProcess } from 'node:child_process';
import { basename } from 'node:path';
import type { Method } from '../stream/internals.ts';
import type { Patches } from '../stream/patch.ts';
import { callStream } from '../stream/stream-name.ts';

/** Names the ends of a child process after its command, without arguments: those may be secret. */
export function hookChildProcess(patches: Patches, onError: (error: unknown) => void): void {
  const { prototype } = ChildProcess as unknown as { prototype: Record<string, unknown> };
  patches.method(prototype, 'spawn', (original: Method): Method => {
    return function spawn(this: ChildProcess, ...rest: unknown[]): unknown {
      const result: unknown = original.apply(this, rest);
      try {
        const command = basename(String(this.spawnfile));
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
