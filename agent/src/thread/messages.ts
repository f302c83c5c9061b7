import type { BoardMemory } from '../board/board.ts';
import type { Settings } from '../config.ts';
import type { UntestedPackage } from '../load/tested-versions.ts';
import type { MainFacts } from '../main-thread/main-facts.ts';
import type { RawFrame } from '../sample/call-sites.ts';
import type { TaskMessage } from '../task/task-messages.ts';

/** A place in source code; lines and columns count from 1, 0 is unknown. */
export interface SourceLocation {
  readonly function: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type OperatorKind = 'source' | 'transform' | 'sink' | 'function';

/** A step of a consumer or producer of a message broker. */
export type OperatorLeg = 'fetch' | 'deliver' | 'handle' | 'commit' | 'produce';

/** Where operators of several processes meet, in the words of the broker. */
export interface Channel {
  /** Kind of broker, such as "kafka" or "redis-stream". */
  readonly system: string;
  /** Topic, stream or queue. */
  readonly name: string;
  /** Part of it that has an order of its own; empty: it has one order. */
  readonly partition: string;
}

/** Empty: nothing to tell. */
export interface OperatorTexts {
  readonly oldestKey: string;
  readonly pauseReason: string;
  readonly lastFailure: string;
  readonly givenUp: boolean;
  readonly leftToProgram: boolean;
}

/** What the main thread tells the agent thread. Numbers that change live on the board, not here. */
export type ToThread =
  | {
      readonly type: 'operator';
      readonly id: number;
      /** Index of the operator's slot on the board. */
      readonly slot: number;
      readonly name: string;
      readonly kind: OperatorKind;
      readonly unit: 'records' | 'bytes';
      readonly location: SourceLocation | undefined;
      /** Step of a consumer or producer; undefined: no part of one. */
      readonly leg: OperatorLeg | undefined;
      /** Dataflow that it belongs to; absent: the worker's own. */
      readonly job?: string;
    }
  /** It has turned out to which dataflow an operator belongs. */
  | { readonly type: 'operator-job'; readonly id: number; readonly job: string }
  | {
      readonly type: 'edge';
      readonly id: number;
      readonly slot: number;
      readonly sourceId: number;
      readonly targetId: number;
      /** 0: unknown. */
      readonly capacity: number;
      readonly back: boolean;
      /** Markers cross it; else it is only shown. */
      readonly carries: boolean;
    }
  | {
      readonly type: 'port';
      readonly id: number;
      readonly slot: number;
      readonly operatorId: number;
      readonly direction: 'out' | 'in';
      readonly channel: Channel;
    }
  | { readonly type: 'port-ended'; readonly id: number }
  /** What a person is told about an operator; each replaces what was told before. */
  | { readonly type: 'operator-texts'; readonly id: number; readonly texts: OperatorTexts }
  /** The operator's slot may be taken by another one from now on; these are its last numbers. */
  | { readonly type: 'operator-ended'; readonly id: number; readonly completed: number; readonly emitted: number }
  | { readonly type: 'edge-ended'; readonly id: number }
  | {
      readonly type: 'failure';
      readonly name: string;
      readonly message: string;
      readonly stack: readonly SourceLocation[];
      readonly operatorId: number;
    }
  /** A long synchronous call of the runtime was seen to be made from there; both are numbered from 1 on. */
  | {
      readonly type: 'native-call';
      readonly call: number;
      readonly stack: number;
      readonly frames: readonly RawFrame[];
    }
  | TaskMessage
  /** A package is left alone. */
  | { readonly type: 'untested'; readonly untested: UntestedPackage }
  /** The thread has started another one. */
  | { readonly type: 'thread'; readonly id: number }
  /** A thread that it had started is gone, with or without a goodbye. */
  | { readonly type: 'thread-ended'; readonly id: number }
  /** Answer to a question of the agent thread; undefined: it could not be answered. */
  | { readonly type: 'main-facts'; readonly request: number; readonly facts: MainFacts | undefined }
  | { readonly type: 'exit'; readonly code: number; readonly drained?: Drained };

/** What the agent thread asks of the main thread. Each question is answered once. */
export interface FromThread {
  readonly type: 'main-facts';
  readonly request: number;
  /** Whether collections of garbage are to be watched for a moment. */
  readonly garbage: boolean;
}

/** The event loop had nothing left to wait for, and this is what it left behind. */
export interface Drained {
  readonly unfinished: readonly UnfinishedOperator[];
  /** Files in which its functions may lie: the script that was started, then the modules that were loaded. */
  readonly files: readonly string[];
}

/** An operator that nothing can finish any more. */
export interface UnfinishedOperator {
  readonly id: number;
  readonly callbackOutstanding: boolean;
  readonly promiseOutstanding: boolean;
  /** The function in which its code starts; undefined: it has none of the user's, or there was no time. */
  readonly start: FunctionText | undefined;
  /** Why there is no function; empty: there is one. */
  readonly missing: string;
}

/** A function as V8 knows it: its text, and where it starts in a file whose name is not told. Lines and columns count from 0. */
export interface FunctionText {
  readonly name: string;
  readonly text: string;
  readonly line: number;
  readonly column: number;
  /** Where its body, that of a generator, waits. */
  readonly waitsAt: { readonly line: number; readonly column: number } | undefined;
}

/** What the agent thread is started with. */
export interface ThreadData {
  readonly memory: BoardMemory;
  /** Name of the channel on which worker threads introduce themselves. */
  readonly channel: string;
  readonly settings: Settings;
}
