/** Longest name of an operator, in characters. */
export const MAX_NAME_LENGTH = 200;

/** Makes a name fit to be shown: names come from the user's program and may contain anything. */
export function presentableName(name: string): string {
  const clean = name.slice(0, MAX_NAME_LENGTH).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\ufffd');
  return clean.trim() === '' ? 'unnamed' : clean;
}

/** Names in use; the second operator of a name is called "name #2". */
export class UniqueNames {
  readonly #used: Set<string> = new Set();

  take(name: string): string {
    const first = presentableName(name);
    let unique = first;
    for (let count = 2; this.#used.has(unique); count++) {
      const suffix = ` #${count}`;
      unique = first.slice(0, MAX_NAME_LENGTH - suffix.length) + suffix;
    }
    this.#used.add(unique);
    return unique;
  }

  give(name: string): void {
    this.#used.delete(name);
  }
}
