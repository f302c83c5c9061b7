import type { Board } from '../board/board.ts';
import { Control } from '../board/layout.ts';
import { CALL_BITS, FOLLOWED_CALLS, MAX_STACKS } from '../native-call/followed-calls.ts';
import type { RawFrame } from '../sample/call-sites.ts';
import type { ToThread } from './messages.ts';

/** The synchronous call that a thread is inside of. */
export interface NativeCallNow {
  /** Innermost first: the call itself, then who has called it; the call alone where that is not known. */
  readonly frames: readonly RawFrame[];
  /** True: these are the frames of this very call. False: of the only place from which it is known to be called. */
  readonly exact: boolean;
}

/** What a thread has told of its long synchronous calls. */
export interface NativeCalls {
  apply(message: Extract<ToThread, { type: 'native-call' }>): void;
  /** Undefined: it is in none that is followed. */
  now(): NativeCallNow | undefined;
}

/** Nothing is known before the first message. */
export function createNativeCalls(board: Board): NativeCalls {
  const stacks = new Map<number, { readonly call: number; readonly frames: readonly RawFrame[] }>();
  return {
    apply({ call, stack, frames }) {
      if (stacks.size < MAX_STACKS) stacks.set(stack, { call, frames });
    },
    now() {
      const shown = Atomics.load(board.control, Control.NATIVE_CALL);
      const number = shown & ((1 << CALL_BITS) - 1);
      const call = FOLLOWED_CALLS[number - 1];
      if (call === undefined) return undefined;
      const itself: RawFrame = [call.name, `node:${call.module}`, 0, 0];
      const own = stacks.get(shown >> CALL_BITS);
      if (own !== undefined) return { frames: [itself, ...own.frames], exact: true };
      const known = [...stacks.values()].filter((stack) => stack.call === number);
      const [first] = known;
      const alone = first !== undefined && known.every(({ frames }) => isSame(frames[0], first.frames[0]));
      return { frames: alone ? [itself, ...first.frames] : [itself], exact: false };
    },
  };
}

/** Whether two calls come from the same function. */
function isSame(left: RawFrame | undefined, right: RawFrame | undefined): boolean {
  return left !== undefined && right !== undefined && left[0] === right[0] && left[1] === right[1];
}
