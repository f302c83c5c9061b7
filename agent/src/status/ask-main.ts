import type { MainFacts } from '../main-thread/main-facts.ts';
import type { FromThread, ToThread } from '../thread/messages.ts';

/** The answer of the main thread. */
export type MainAnswer = Extract<ToThread, { type: 'main-facts' }>;

/** Asks the main thread for what only it can tell. */
export interface MainThreadDesk {
  /** Undefined: it has not come to its event loop in time, or could not tell. */
  ask(garbage: boolean, withinMs: number): Promise<MainFacts | undefined>;
  receive(answer: MainAnswer): void;
}

/** A main thread that does not answer has one question before it at most, whoever asks: further ones wait for the same answer. */
export function createMainThreadDesk(
  post: (message: FromThread) => void,
  pause: (ms: number) => Promise<void>,
): MainThreadDesk {
  let asked = 0;
  let open:
    | {
        readonly id: number;
        readonly answer: Promise<MainFacts | undefined>;
        resolve(facts: MainFacts | undefined): void;
      }
    | undefined;

  return {
    ask(garbage, withinMs) {
      open ??= openQuestion(garbage);
      return Promise.race([open.answer, pause(withinMs).then(() => undefined)]);
    },
    receive({ request, facts }) {
      if (open?.id !== request) return;
      open.resolve(facts);
      open = undefined;
    },
  };

  function openQuestion(garbage: boolean): NonNullable<typeof open> {
    asked += 1;
    const { promise, resolve } = newPromise<MainFacts | undefined>();
    post({ type: 'main-facts', request: asked, garbage });
    return { id: asked, answer: promise, resolve };
  }
}

/** Promise.withResolvers is not in every version that is supported. */
function newPromise<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
