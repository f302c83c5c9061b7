import { Readable, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { unreadWithin } from '../../../../agent/src/stream/unread-within.ts';

class Part extends Readable {
  override _read(): void {}
}
class Upload extends Writable {
  part: unknown;
  constructor(part: unknown) {
    super();
    this.part = part;
  }
}
const part = (bytes: number): Part => {
  const made = new Part({ highWaterMark: 10 });
  if (bytes > 0) made.push(Buffer.alloc(bytes));
  return made;
};

test('a full stream that nobody reads is found, also one step further', () => {
  expect(unreadWithin(new Upload(part(10)))).toBe('Part');
  expect(unreadWithin(new Upload({ entry: part(12) }))).toBe('Part');
  expect(unreadWithin(new Upload([undefined, part(12)]))).toBe('Part');
});

test.each([
  ['one that has room', part(9)],
  ['one that is empty', part(0)],
  ['one that is piped', piped()],
  ['one that somebody listens to', part(12).on('readable', () => undefined)],
  ['one that flows', part(12).on('data', () => undefined)],
  ['one that is further away', { a: { b: { c: part(12) } } }],
  ['one of another stream', { to: new Upload(part(12)) }],
])('%s is none', (_what, value) => expect(unreadWithin(new Upload(value))).toBeUndefined());

test('no code of the stream runs', () => {
  const upload = new Upload(undefined);
  Object.defineProperty(upload, 'trap', {
    enumerable: true,
    get() {
      throw new Error('was called');
    },
  });
  expect(unreadWithin(upload)).toBeUndefined();
});

function piped(): Part {
  const made = part(12);
  made.pipe(new Writable({ write: () => undefined }));
  return made;
}
