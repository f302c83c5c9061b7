import type { BoardMemory } from '../board/board.ts';
import type { Settings } from '../config.ts';

/** A place in source code; lines and columns count from 1, 0 is unknown. */
export interface SourceLocation {
  readonly function: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type OperatorKind = 'source' | 'transform' | 'sink' | 'function';

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
    }
  | {
      readonly type: 'edge';
      readonly id: number;
      readonly slot: number;
      readonly sourceId: number;
      readonly targetId: number;
      /** 0: unknown. */
      readonly capacity: number;
      readonly back: boolean;
    }
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
  | { readonly type: 'exit'; readonly code: number };

/** What the agent thread is started with. */
export interface ThreadData {
  readonly memory: BoardMemory;
  readonly settings: Settings;
}
