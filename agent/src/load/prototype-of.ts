/** The object in the chain of prototypes, from the value on, that has a method of this name itself. */
export function ownerOf(value: object, method: string): Record<string, unknown> | undefined {
  for (
    let owner: object | null = value;
    owner !== null && owner !== Object.prototype;
    owner = Object.getPrototypeOf(owner)
  ) {
    const found: unknown = Object.getOwnPropertyDescriptor(owner, method)?.value;
    if (typeof found === 'function') return owner as Record<string, unknown>;
  }
  return undefined;
}

/** Whether all of these are functions. */
export function hasMethods(value: object, ...methods: readonly string[]): boolean {
  return methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function');
}
