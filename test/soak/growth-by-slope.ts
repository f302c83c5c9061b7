/** What was seen of one process at one moment. */
export interface Look {
  readonly atMs: number;
  readonly value: number;
}

/** How much may be added over the second half of a soak; the larger of both counts. */
export interface Tolerance {
  readonly absolute: number;
  /** Of the mean. */
  readonly share: number;
}

export interface Growth {
  /** Over the second half, by the line that fits it best. */
  readonly grown: number;
  readonly mean: number;
  readonly flat: boolean;
}

/** Looks in the second half, below which a line through them says nothing. */
const LEAST_LOOKS = 3;

/**
 * Whether something grows, by the line of least squares through the second half: in the first one caches fill and code is compiled. Once
 * is not enough: the first and the last look alone would tell where in its sawtooth a heap was.
 */
export function growthOver(looks: readonly Look[], { absolute, share }: Tolerance): Growth {
  const [first, last] = [looks[0]?.atMs ?? 0, looks.at(-1)?.atMs ?? 0];
  const half = looks.filter(({ atMs }) => atMs >= (first + last) / 2);
  const mean = meanOf(half.map(({ value }) => value));
  if (half.length < LEAST_LOOKS) return { grown: Number.NaN, mean, flat: false };
  const middle = meanOf(half.map(({ atMs }) => atMs));
  const spread = half.reduce((sum, { atMs }) => sum + (atMs - middle) ** 2, 0);
  const slope = half.reduce((sum, { atMs, value }) => sum + (atMs - middle) * (value - mean), 0) / spread;
  const grown = slope * ((half.at(-1)?.atMs ?? 0) - (half[0]?.atMs ?? 0));
  return { grown, mean, flat: grown <= Math.max(absolute, share * mean) };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
