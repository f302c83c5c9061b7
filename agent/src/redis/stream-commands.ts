import type { ChannelPosition } from '../operator/port.ts';

/** What a command has to do with streams; names as the user wrote them. */
export type StreamCommand =
  | { readonly type: 'add'; readonly stream: string }
  | {
      readonly type: 'read';
      readonly streams: readonly string[];
      /** Undefined: a reader of its own, outside of any group. */
      readonly group: string | undefined;
      readonly consumer: string | undefined;
      /** The server forgets what it has given: nothing is to be acknowledged. */
      readonly noAck: boolean;
      /** New entries are asked for, as opposed to those that were given before. */
      readonly fresh: boolean;
      /** How long the server may wait before it answers, milliseconds. Infinity: until there is something. */
      readonly blocksMs: number;
    }
  /** Entries that were given to another member of the group are to be this one's. */
  | { readonly type: 'claim'; readonly stream: string; readonly group: string; readonly withCursor: boolean }
  | { readonly type: 'acknowledge'; readonly stream: string; readonly group: string; readonly ids: readonly string[] };

/** The part of a command that matters here; undefined for any other command. Names the client has not converted come as bytes. */
export function readStreamCommand(name: unknown, rest: readonly unknown[]): StreamCommand | undefined {
  switch (String(name).toLowerCase()) {
    case 'xadd':
      return rest.length > 0 ? { type: 'add', stream: textOf(rest[0]) } : undefined;
    case 'xack':
      return rest.length > 2
        ? {
            type: 'acknowledge',
            stream: textOf(rest[0]),
            group: textOf(rest[1]),
            ids: rest.slice(2).flat().map(textOf),
          }
        : undefined;
    case 'xclaim':
    case 'xautoclaim': {
      const withCursor = String(name).toLowerCase() === 'xautoclaim';
      return rest.length > 3
        ? { type: 'claim', stream: textOf(rest[0]), group: textOf(rest[1]), withCursor }
        : undefined;
    }
    case 'xread':
      return readRead(rest, 0, undefined, undefined);
    case 'xreadgroup':
      return readRead(rest, 3, textOf(rest[1]), textOf(rest[2]));
    default:
      return undefined;
  }
}

function readRead(
  rest: readonly unknown[],
  from: number,
  group: string | undefined,
  consumer: string | undefined,
): StreamCommand | undefined {
  let noAck = group === undefined;
  let blocksMs = 0;
  for (let at = from; at < rest.length; at++) {
    const word = textOf(rest[at]).toUpperCase();
    if (word === 'COUNT') at++;
    else if (word === 'BLOCK') blocksMs = Number(textOf(rest[++at])) || Number.POSITIVE_INFINITY;
    else if (word === 'NOACK') noAck = true;
    else if (word === 'STREAMS') {
      const names = rest.slice(at + 1).map(textOf);
      const streams = names.slice(0, names.length / 2);
      const ids = names.slice(names.length / 2);
      const fresh = group === undefined || ids.includes('>');
      return { type: 'read', streams, group, consumer, noAck, fresh, blocksMs };
    }
  }
  return undefined;
}

/** The ids of the entries in the answer to a read, by stream. Whatever does not look like one is left out. */
export function readEntries(answer: unknown): { readonly stream: string; readonly ids: readonly string[] }[] {
  return pairs(answer).flatMap(([stream, entries]) => {
    if (!Array.isArray(entries)) return [];
    const ids = entries.flatMap((entry) => (Array.isArray(entry) ? [textOf(entry[0])] : []));
    return [{ stream: textOf(stream), ids }];
  });
}

/**
 * The ids of the entries that a claim has brought. XCLAIM gives entries, XAUTOCLAIM puts a cursor before them, and with JUSTID both give
 * ids. What has been deleted in the meantime is null.
 */
export function readClaimed(answer: unknown, withCursor: boolean): readonly string[] {
  const entries: unknown = withCursor && Array.isArray(answer) ? answer[1] : answer;
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry) => {
    if (entry === null || entry === undefined) return [];
    const id = textOf(Array.isArray(entry) ? entry[0] : entry);
    return positionOf(id) === undefined ? [] : [id];
  });
}

/** Clients and versions of the protocol give the streams of an answer as pairs, as a flat list, as a Map, or as an object. */
function pairs(answer: unknown): readonly (readonly [unknown, unknown])[] {
  if (answer instanceof Map) return [...answer];
  if (!Array.isArray(answer)) return typeof answer === 'object' && answer !== null ? Object.entries(answer) : [];
  if (answer.every((one) => Array.isArray(one) && one.length === 2)) return answer as [unknown, unknown][];
  return answer.flatMap((one, index) => (index % 2 === 0 ? [[one, answer[index + 1]] as const] : []));
}

/** The position that an entry id is; undefined: it is none. */
export function positionOf(id: string): ChannelPosition | undefined {
  const match = /^(\d{1,16})-(\d{1,16})$/.exec(id);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}

/** A word of a command or an answer, as text. */
export function textOf(value: unknown): string {
  return Buffer.isBuffer(value) ? value.toString('utf8') : String(value);
}
