/** Whether an input was understood and acted on, or sent back for what it is. Both are right. */
export type Outcome = 'taken' | 'refused';

/**
 * Something that reads what strangers send. An input is a list of pieces, such as the frames of one connection; every piece is
 * bytes, so that all inputs can be changed and kept in the same way.
 */
export interface Target {
  /** Whole pieces, each of which is taken as it is; inputs are made by changing them. */
  readonly seeds: readonly Uint8Array[];
  /** More pieces that are changed, and that may be refused as they are. */
  readonly oddities?: readonly Uint8Array[];
  /** Words of the language of this target, put in here and there. */
  readonly words: readonly string[];
  /** Pieces of one input, at most. */
  readonly most: number;
  /** Throws, or rejects, when what has to hold for every input does not. */
  readonly check: (pieces: readonly Uint8Array[]) => Outcome | Promise<Outcome>;
  /** Ends what was started for the checks. */
  readonly close: () => Promise<void>;
}

/** A target that holds nothing open. */
export const nothingToClose = async (): Promise<void> => {};

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** As text; bytes that are none become U+FFFD. */
export function textOf(piece: Uint8Array): string {
  return new TextDecoder().decode(piece);
}
