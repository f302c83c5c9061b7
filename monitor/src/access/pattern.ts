/**
 * Whether a name fits a pattern, in which `*` stands for any characters, also none, and everything else for itself. No regular
 * expression, and no library that makes one of it: whatever a worker calls itself, each piece is looked for once, from where the
 * one before it ended.
 */
export function fitsPattern(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

/** Whether a name fits one of the patterns. Without a list every name does; one that is not known fits no pattern. */
export function fitsAny(patterns: readonly string[] | undefined, name: string | undefined): boolean {
  return patterns === undefined || (name !== undefined && patterns.some((pattern) => fitsPattern(pattern, name)));
}
