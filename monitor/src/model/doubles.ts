/**
 * So many zeros, on V8's heap, and doubles from the start. A typed array lies outside of the heap, and what lies there and is not
 * collected young has V8 collect everything each time it has grown by 64 MB: with thousands of workers every seven seconds.
 */
export function doubles(length: number): number[] {
  return new Array<number>(length).fill(0.5).fill(0);
}
