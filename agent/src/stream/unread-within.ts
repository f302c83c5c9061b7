/** What is the runtime's own, or comes from outside: who has it does not fill it. */
const NOT_FILLED: ReadonlySet<string> = new Set(['Socket', 'TLSSocket', 'IncomingMessage', 'ReadStream', 'TTY']);
/** How many values are looked at, and how deep. */
const MAX_VALUES = 300;
const MAX_DEPTH = 2;

/**
 * Class of a stream that another one has among its own values, that is full and that nobody reads, such as the file within an upload: what
 * the one takes it puts into the other, so that it cannot go on. Undefined: there is none. Runs no code of the user's.
 */
export function unreadWithin(stream: object): string | undefined {
  const seen = new Set<unknown>([stream]);
  let level: object[] = [stream];
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const next: object[] = [];
    for (const owner of level) {
      for (const key of Reflect.ownKeys(owner)) {
        const value: unknown = Object.getOwnPropertyDescriptor(owner, key)?.value;
        if (typeof value !== 'object' || value === null || seen.has(value)) continue;
        if (seen.size >= MAX_VALUES) return undefined;
        seen.add(value);
        const name = classOf(value);
        if (isUnread(value)) {
          if (!NOT_FILLED.has(name)) return name;
        } else if (!isStream(value) && !(key === '_events' || key === '_handle')) next.push(value);
      }
    }
    level = next;
  }
  return undefined;
}

function isStream(value: object): boolean {
  return dataOf(value, '_readableState') !== undefined || dataOf(value, '_writableState') !== undefined;
}

function isUnread(value: object): boolean {
  const state = dataOf(value, '_readableState');
  if (typeof state !== 'object' || state === null) return false;
  const { length, highWaterMark, flowing, pipes } = state as Record<string, unknown>;
  const full = typeof length === 'number' && length > 0 && length >= Number(highWaterMark);
  if (!full || flowing === true || (Array.isArray(pipes) && pipes.length > 0)) return false;
  const events = dataOf(value, '_events') as Record<string, unknown> | undefined;
  return events?.data === undefined && events?.readable === undefined;
}

function dataOf(value: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

function classOf(value: object): string {
  const prototype: object | null = Object.getPrototypeOf(value);
  const made: unknown = prototype === null ? undefined : dataOf(prototype, 'constructor');
  return typeof made === 'function' ? made.name : '';
}
