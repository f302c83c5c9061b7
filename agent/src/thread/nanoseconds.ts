/** Milliseconds as whole nanoseconds, exact to the microsecond; what is not a positive number becomes 0. */
export function nanoseconds(ms: number): bigint {
  return wholeNumber(ms * 1000) * 1000n;
}

/** The nearest whole number for a field of the protocol that knows no sign; what is not a positive number becomes 0. */
export function wholeNumber(value: number): bigint {
  return value > 0 && Number.isFinite(value) ? BigInt(Math.round(value)) : 0n;
}
