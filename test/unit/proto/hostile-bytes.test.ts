import {
  decodeMonitorMessage,
  decodeMonitorMessageJson,
  decodeWorkerMessage,
  decodeWorkerMessageJson,
  encodeWorkerMessage,
  encodeWorkerMessageJson,
  hasUnknownBody,
  LIMITS,
  ProtocolError,
} from '@streamgauge/proto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MONITOR_GOLDEN, WORKER_GOLDEN } from './golden-messages.ts';

/** Code of the error, or 'decoded'; anything but a ProtocolError goes through and fails the test. */
function outcome(decode: () => unknown): string {
  try {
    decode();
    return 'decoded';
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    expect(error.message).not.toMatch(/[\r\n]/);
    return error.code;
  }
}

describe.each(Object.entries(WORKER_GOLDEN))('%s', (_name, message) => {
  const bytes = encodeWorkerMessage(message);
  const text = encodeWorkerMessageJson(message);

  test('every prefix decodes or is a ProtocolError', () => {
    const outcomes = new Set<string>();
    for (let length = 0; length < bytes.length; length += 1) {
      outcomes.add(outcome(() => decodeWorkerMessage(bytes.subarray(0, length))));
    }
    for (let length = 0; length < text.length; length += 1) {
      outcomes.add(outcome(() => decodeWorkerMessageJson(text.slice(0, length))));
    }
    if (bytes.length > 2) expect(outcomes).toContain('SG_PROTO_MALFORMED');
    expect(outcomes).toContain('SG_PROTO_NOT_JSON');
  });

  test('every flipped bit decodes or is a ProtocolError, and what decodes can be written again', () => {
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      outcome(() => encodeWorkerMessage(decodeWorkerMessage(flipped)));
    }
  });
});

test('random bytes and random text are never more than a ProtocolError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.string({ maxLength: 200 }), fc.json(), (bytes, text, json) => {
      outcome(() => decodeWorkerMessage(bytes));
      outcome(() => decodeMonitorMessage(bytes));
      outcome(() => decodeWorkerMessageJson(text));
      outcome(() => decodeMonitorMessageJson(json));
      outcome(() => decodeWorkerMessageJson(`{"report":${json},"hello":${json}}`));
    }),
    { numRuns: 2000 },
  );
});

test('a frame over the limit is refused before it is read', () => {
  const big = new Uint8Array(LIMITS.FRAME_BYTES + 1);
  expect(outcome(() => decodeWorkerMessage(big))).toBe('SG_PROTO_TOO_LARGE');
  expect(outcome(() => decodeWorkerMessage(new Uint8Array(65_537), LIMITS.HELLO_FRAME_BYTES))).toBe(
    'SG_PROTO_TOO_LARGE',
  );
  expect(outcome(() => decodeWorkerMessageJson(' '.repeat(LIMITS.FRAME_BYTES + 1)))).toBe('SG_PROTO_TOO_LARGE');
  // Fewer characters than the limit, but more bytes.
  expect(outcome(() => decodeWorkerMessageJson('"€€"', 6))).toBe('SG_PROTO_TOO_LARGE');
});

test('deep nesting is refused in both forms without exhausting the stack', () => {
  const groups = new Uint8Array(LIMITS.FRAME_BYTES).fill((15 << 3) | 3);
  expect(outcome(() => decodeWorkerMessage(groups))).toBe('SG_PROTO_MALFORMED');
  expect(outcome(() => decodeWorkerMessageJson(`{"x":${'['.repeat(100_000)}`))).toBe('SG_PROTO_TOO_DEEP');
  const atLimit = `{"x":${'['.repeat(LIMITS.JSON_DEPTH - 1)}${']'.repeat(LIMITS.JSON_DEPTH - 1)}}`;
  expect(outcome(() => decodeWorkerMessageJson(atLimit))).toBe('decoded');
  expect(outcome(() => decodeWorkerMessageJson(`[${atLimit}]`))).toBe('SG_PROTO_TOO_DEEP');
  // Brackets inside a string are no nesting.
  expect(outcome(() => decodeWorkerMessageJson(JSON.stringify({ x: `"\\${'['.repeat(100)}` })))).toBe('decoded');
});

test('a JSON frame cannot reach any prototype', () => {
  const keys = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
  const text = `{"__proto__":{"polluted":1},"constructor":1,"hello":${keys}}`;
  const message = decodeWorkerMessageJson(text);
  expect(message.body.case).toBe('hello');
  expect(Object.getPrototypeOf(message.body.value)).not.toHaveProperty('polluted');
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect(message.body.value).not.toHaveProperty('polluted');
});

test.each([
  ['a list instead of an object', '[]', 'SG_PROTO_MALFORMED'],
  ['null', 'null', 'SG_PROTO_MALFORMED'],
  ['a text', '"hello"', 'SG_PROTO_MALFORMED'],
  ['nothing', '', 'SG_PROTO_NOT_JSON'],
  ['two bodies at once', '{"hello":{},"report":{}}', 'SG_PROTO_MALFORMED'],
  ['a number beyond 64 bits', '{"report":{"sequence":"18446744073709551616"}}', 'SG_PROTO_MALFORMED'],
  ['a negative unsigned number', '{"report":{"sequence":-1}}', 'SG_PROTO_MALFORMED'],
  ['a broken number', '{"report":{"sequence":1.5}}', 'SG_PROTO_MALFORMED'],
  ['NaN outside a text', '{"report":{"sequence":NaN}}', 'SG_PROTO_NOT_JSON'],
  ['NaN for an integer', '{"report":{"sequence":"NaN"}}', 'SG_PROTO_MALFORMED'],
  ['1e400 for an integer', '{"report":{"sequence":1e400}}', 'SG_PROTO_MALFORMED'],
  ['1e400 for a share', '{"event":{"evidence":{"thread":{"cpuShare":1e400}}}}', 'SG_PROTO_MALFORMED'],
  ['an object for a text', '{"hello":{"worker":{}}}', 'SG_PROTO_MALFORMED'],
  ['a name of an enum that is unknown', '{"event":{"topic":"TOPIC_TOMORROW"}}', 'decoded'],
  ['fields in the style of the .proto files', '{"hello":{"protocol_version":1}}', 'decoded'],
])('JSON: %s', (_name, text, expected) => {
  expect(outcome(() => decodeWorkerMessageJson(text))).toBe(expected);
});

describe('a newer peer', () => {
  test('keeps its unknown fields through a decode and an encode', () => {
    const bytes = encodeWorkerMessage(WORKER_GOLDEN['worker-heartbeat'] as never);
    // Field 200, varint 7, appended to the frame itself.
    const newer = Uint8Array.from([...bytes, 0xc0, 0x0c, 7]);
    const message = decodeWorkerMessage(newer);
    expect(message.body.case).toBe('heartbeat');
    expect(hasUnknownBody(message)).toBe(false);
    expect(encodeWorkerMessage(message)).toEqual(newer);
  });

  test('keeps unknown fields inside a body as well', () => {
    // report { 900: "x" }
    const newer = Uint8Array.from([0x12, 0x04, 0xa2, 0x38, 0x01, 0x78]);
    expect(encodeWorkerMessage(decodeWorkerMessage(newer))).toEqual(newer);
  });

  test('sends an unknown body, which is no error and is told apart', () => {
    // Field 99, a message of two bytes.
    const newer = Uint8Array.from([0x9a, 0x06, 0x02, 0x08, 0x01]);
    expect(hasUnknownBody(decodeWorkerMessage(newer))).toBe(true);
    expect(hasUnknownBody(decodeMonitorMessage(newer))).toBe(true);
    expect(encodeWorkerMessage(decodeWorkerMessage(newer))).toEqual(newer);
    expect(hasUnknownBody(decodeWorkerMessageJson('{"tomorrow":{"a":[1]}}'))).toBe(true);
    expect(hasUnknownBody(decodeMonitorMessage(new Uint8Array()))).toBe(true);
  });
});

test('every frame of the monitor is either read or refused by the reader of the other direction', () => {
  for (const message of Object.values(WORKER_GOLDEN)) outcome(() => decodeMonitorMessage(encodeWorkerMessage(message)));
  expect(Object.keys(MONITOR_GOLDEN).length).toBeGreaterThan(0);
});

test('a message with a value outside its type is UNENCODABLE', () => {
  const message = structuredClone(WORKER_GOLDEN['worker-heartbeat']) as never as {
    body: { value: { periodMillis: number } };
  };
  message.body.value.periodMillis = -1;
  expect(outcome(() => encodeWorkerMessage(message as never))).toBe('SG_PROTO_UNENCODABLE');
  expect(outcome(() => encodeWorkerMessageJson(message as never))).toBe('SG_PROTO_UNENCODABLE');
});

test('an error of another copy of the package is recognised', () => {
  const foreign = Object.assign(new Error('x'), { [Symbol.for('streamgauge.ProtocolError')]: true });
  expect(ProtocolError.is(foreign)).toBe(true);
  expect(ProtocolError.is(new Error('x'))).toBe(false);
});
