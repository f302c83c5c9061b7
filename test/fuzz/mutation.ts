import fc from 'fast-check';
import { bytesOf, type Target } from './target.ts';

/** One change of a piece. Places are shares of its length, so that a change fits every piece. */
type Edit =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'cut'; readonly at: number; readonly length: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly length: number; readonly times: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array };

/** A piece does not grow beyond this by repeating parts of it. */
const MOST_BYTES = 300_000;

/** Inputs of a target: seeds with a few changes each, and now and then a piece of nothing but chance. */
export function inputsOf({ seeds, oddities = [], words, most }: Target): fc.Arbitrary<readonly Uint8Array[]> {
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), at: place, bit: fc.nat(7) }),
    fc.record({ kind: fc.constant('cut' as const), at: place, length: fc.nat(40) }),
    fc.record({ kind: fc.constant('repeat' as const), at: place, length: fc.nat(60), times: fc.nat(200) }),
    fc.record({ kind: fc.constant('insert' as const), at: place, bytes: fc.uint8Array({ maxLength: 12 }) }),
    fc.record({
      kind: fc.constant('insert' as const),
      at: place,
      bytes: fc.constantFrom(...words).map(bytesOf),
    }),
  );
  const changed = fc
    .tuple(fc.constantFrom(...seeds, ...oddities), fc.array(edit, { maxLength: 5 }))
    .map(([seed, edits]) => edits.reduce(applyEdit, seed));
  const piece = fc.oneof({ arbitrary: changed, weight: 20 }, fc.uint8Array({ maxLength: 64 }));
  return fc.array(piece, { minLength: 1, maxLength: most });
}

function applyEdit(piece: Uint8Array, edit: Edit): Uint8Array {
  const at = Math.floor(edit.at * piece.length);
  const [before, after] = [piece.subarray(0, at), piece.subarray(at)];
  switch (edit.kind) {
    case 'flip': {
      const flipped = Uint8Array.from(piece);
      if (at < flipped.length) flipped[at] = (flipped[at] as number) ^ (1 << edit.bit);
      return flipped;
    }
    case 'cut':
      return Buffer.concat([before, after.subarray(edit.length)]);
    case 'repeat': {
      const part = after.subarray(0, edit.length);
      const times = Math.min(edit.times, Math.floor(MOST_BYTES / Math.max(1, part.length)));
      return Buffer.concat([before, ...Array.from({ length: times }, () => part), after]).subarray(0, MOST_BYTES);
    }
    case 'insert':
      return Buffer.concat([before, edit.bytes, after]);
  }
}
