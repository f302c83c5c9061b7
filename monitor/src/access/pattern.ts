/**
 * Whether a name fits a pattern, in which `*` stands for any characters, also none, and everything else for itself. No regular
 * expression: the steps are at most the product of both lengths, whatever a worker calls itself.
 */
export function fitsPattern(pattern: string, name: string): boolean {
  let at = 0;
  let inName = 0;
  let star = -1;
  let starInName = 0;
  while (inName < name.length) {
    if (pattern[at] === '*') {
      star = at;
      starInName = inName;
      at += 1;
    } else if (pattern[at] === name[inName]) {
      at += 1;
      inName += 1;
    } else if (star >= 0) {
      // The star takes one character more.
      starInName += 1;
      inName = starInName;
      at = star + 1;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
