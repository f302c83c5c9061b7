/** The value that an object has itself under a symbol of this description: how libraries hide what is theirs. */
export function symbolValue(owner: object, description: string): unknown {
  for (const symbol of Object.getOwnPropertySymbols(owner)) {
    if (symbol.description !== description) continue;
    const descriptor = Object.getOwnPropertyDescriptor(owner, symbol);
    // A getter would be somebody's code.
    return descriptor?.value;
  }
  return undefined;
}
