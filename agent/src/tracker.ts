import type { Board } from './board/board.ts';
import type { OperatorState } from './board/layout.ts';
import type { CheckedDefinition } from './explicit/definition.ts';
import type { CountedOperatorHandle, RecordOperatorHandle } from './explicit/handles.ts';
import type { FunctionOptions } from './operator/function-operator.ts';
import type { PromiseFate } from './operator/given-promise.ts';
import type { Ids } from './operator/ids.ts';
import type { Holdings } from './sample/holdings.ts';
import type { CheckedTask, TaskHandle } from './task/task-teller.ts';
import type { OperatorKind, ToThread } from './thread/messages.ts';

/** What the sampler may ask about an operator, on the main thread. */
export interface OperatorInspection {
  readonly name: string;
  /** The user's functions behind the operator (transform, write, final, ...), for finding their place in source. */
  // biome-ignore lint/complexity/noBannedTypes: any callable of the user's
  readonly functions: readonly Function[];
  /** Called and not yet called back, while its output has room. */
  readonly callbackOutstanding: boolean;
  /** What it has begun ends when a promise is settled or a body goes on, and not when a callback is called. */
  readonly awaits?: boolean;
  /** The code that was given what it has held for longest has returned, and has not said what becomes of it. */
  readonly letGo?: boolean;
  /** How often what it has held for longest was given to its code again. */
  readonly repeats?: number;
  /** Where its last failed attempt threw, as V8 writes a stack; absent: nowhere that is known. */
  readonly failureStack?: string;
  /** What became of the promise by which it is to finish what it has begun first; absent: none is known. */
  readonly promise?: PromiseFate;
  /** Class of a stream that it fills, that is full, and that nobody reads; absent: none is known. */
  readonly unread?: string | undefined;
  /** The generator whose body it runs. */
  readonly generator?: object | undefined;
}

/** An operator that waits for somebody: it has begun a record, or its output is full and nothing of it was ever read. */
export interface PendingOperator {
  readonly id: number;
  /** When this number rises, it has gone on. */
  readonly completed: number;
}

/** A record in flight at the moment it is asked for, on the main thread. */
export interface RecordNow {
  /** Name of the operator that has begun it. */
  readonly operator: string;
  /** What a person knows it by; empty: nothing. */
  readonly key: string;
  /** Monotonic milliseconds at which it was begun. */
  readonly sinceMs: number;
}

/** What an operator does at the moment it is asked, on the main thread. */
export interface OperatorNow {
  readonly id: number;
  readonly name: string;
  readonly kind: OperatorKind;
  readonly unit: 'records' | 'bytes';
  readonly state: OperatorState;
  /** Its code is what the main thread runs. */
  readonly running: boolean;
  readonly completed: number;
  readonly inFlight: number;
}

/** The main thread's half of the agent: finds the graph, counts completions, passes markers. */
export interface Tracker {
  /** One turn of the main thread's timer: refreshes states, starts epochs at idle sources, adopts young streams. */
  beat(nowMs: number): void;
  inspect(operatorId: number): OperatorInspection | undefined;
  /** Every operator as it is now. */
  operators(): readonly OperatorNow[];
  /** Records in flight, the oldest first, of the operators that can tell them apart. */
  records(limit: number): readonly RecordNow[];
  /** Connections and pools as they are now; undefined when they cannot be told. */
  holdings(): Holdings | undefined;
  /** Those that could not be left alone if the event loop ended now. */
  pending(): readonly PendingOperator[];
  /** Follows the pipes between these objects, as far as they are streams; gives the number of pipes found. */
  linkExisting(candidates: Iterable<object>): number;
  /** Gives fn back with its calls counted as the records of an operator of that name. */
  // biome-ignore lint/suspicious/noExplicitAny: keeps the type of whatever function it is given
  operator<F extends (...args: any[]) => unknown>(name: string, fn: F, options?: FunctionOptions<F>): F;
  /** Undefined: there is no room, or the agent has stopped. */
  defineOperator(definition: CheckedDefinition): RecordOperatorHandle | undefined;
  /** Undefined: there is no room, or the agent has stopped. */
  defineCountedOperator(definition: CheckedDefinition): CountedOperatorHandle | undefined;
  /** Undefined: there is no room, or the agent has stopped. */
  trackTask(task: CheckedTask): TaskHandle | undefined;
  /** How many tasks the thread can work on at the same time. */
  offerTaskSlots(slots: number): void;
  /** Says which dataflow a stream belongs to, whether it is an operator already or becomes one. */
  inJob(job: string, stream: object): void;
  /** Follows a client of a broker that no hook has seen; false: it is of no library that is known. */
  instrument(client: object): boolean;
  /** Restores every hook. Streams already adopted keep a hook that does nothing but call on. */
  stop(): void;
}

export interface TrackerOptions {
  readonly board: Board;
  /** Where the numbers of operators, edges and ports come from. Default: no other thread has any. */
  readonly ids?: Ids;
  /** Hands a message to the agent thread. */
  readonly post: (message: ToThread) => void;
  /** A fault of the tracker that it survived; the caller counts, logs and may stop it. */
  readonly onError: (error: unknown) => void;
  /** Whether messages may get a header where their broker has no positions. Default: yes. */
  readonly brokerHeaders?: boolean;
}
