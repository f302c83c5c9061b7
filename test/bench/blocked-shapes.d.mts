/** A way in which code holds the event loop. */
export interface BlockedShape {
  /** The function that is to be found on the stack. */
  readonly function: string;
  /** V8 answers when a call is over, not before. */
  readonly apart?: boolean;
  readonly prepare?: () => void;
  readonly run: (over: () => boolean) => unknown;
}

export const BLOCKED_SHAPES: Readonly<Record<string, BlockedShape>>;
