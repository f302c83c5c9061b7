import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  decodeMonitorMessage,
  decodeMonitorMessageJson,
  decodeWorkerMessage,
  decodeWorkerMessageJson,
  encodeMonitorMessage,
  encodeMonitorMessageJson,
  encodeWorkerMessage,
  encodeWorkerMessageJson,
  MonitorMessageSchema,
  WorkerMessageSchema,
} from '@streamgauge/proto';
import { describe, expect, test } from 'vitest';
import { MONITOR_GOLDEN, WORKER_GOLDEN } from './golden-messages.ts';

const FOLDER = fileURLToPath(new URL('../../../proto/testdata/', import.meta.url));
/** STREAMGAUGE_UPDATE_GOLDEN=1 writes the files anew; look at the difference before you commit it. */
const UPDATE = process.env.STREAMGAUGE_UPDATE_GOLDEN === '1';

function golden(name: string, content: string): string {
  if (UPDATE) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(FOLDER + name, content);
  }
  return readFileSync(FOLDER + name, 'utf8');
}

function hexLines(bytes: Uint8Array): string {
  return `${Buffer.from(bytes)
    .toString('hex')
    .replace(/.{96}(?=.)/g, '$&\n')}\n`;
}

function bytesOf(hex: string): Uint8Array {
  return Buffer.from(hex.replace(/\s/g, ''), 'hex');
}

function jsonLines(text: string): string {
  return `${JSON.stringify(JSON.parse(text), null, 2)}\n`;
}

describe.each(Object.entries(WORKER_GOLDEN))('%s', (name, message) => {
  test('is written as the same bytes for ever, and read back from them', () => {
    const hex = golden(`${name}.hex`, hexLines(encodeWorkerMessage(message)));
    expect(hexLines(encodeWorkerMessage(message))).toBe(hex);
    expect(decodeWorkerMessage(bytesOf(hex))).toEqual(message);
  });

  test('is written as the same JSON for ever, and read back from it', () => {
    const json = golden(`${name}.json`, jsonLines(encodeWorkerMessageJson(message)));
    expect(JSON.parse(encodeWorkerMessageJson(message))).toEqual(JSON.parse(json));
    expect(decodeWorkerMessageJson(json)).toEqual(message);
  });
});

describe.each(Object.entries(MONITOR_GOLDEN))('%s', (name, message) => {
  test('is written as the same bytes for ever, and read back from them', () => {
    const hex = golden(`${name}.hex`, hexLines(encodeMonitorMessage(message)));
    expect(hexLines(encodeMonitorMessage(message))).toBe(hex);
    expect(decodeMonitorMessage(bytesOf(hex))).toEqual(message);
  });

  test('is written as the same JSON for ever, and read back from it', () => {
    const json = golden(`${name}.json`, jsonLines(encodeMonitorMessageJson(message)));
    expect(JSON.parse(encodeMonitorMessageJson(message))).toEqual(JSON.parse(json));
    expect(decodeMonitorMessageJson(json)).toEqual(message);
  });
});

test('every kind of frame has a golden file', () => {
  const covered = (messages: Readonly<Record<string, { body: { case?: string | undefined } }>>): Set<string> =>
    new Set(Object.values(messages).map((message) => message.body.case ?? 'empty'));
  for (const member of WorkerMessageSchema.oneofs[0]?.fields ?? []) {
    expect(covered(WORKER_GOLDEN)).toContain(member.localName);
  }
  for (const member of MonitorMessageSchema.oneofs[0]?.fields ?? []) {
    expect(covered(MONITOR_GOLDEN)).toContain(member.localName);
  }
});

test('no golden file is left over from a message that is gone', () => {
  const names = Object.keys({ ...WORKER_GOLDEN, ...MONITOR_GOLDEN });
  const expected = names.flatMap((name) => [`${name}.hex`, `${name}.json`]).sort();
  expect(readdirSync(FOLDER).sort()).toEqual(expected);
});
