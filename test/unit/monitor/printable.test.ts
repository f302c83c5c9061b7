import { clampText } from '@streamgauge/proto';
import { expect, test } from 'vitest';
import { onOneLine, printable } from '../../../monitor/src/printable.ts';

const all = Array.from({ length: 0x3000 }, (_, code) => String.fromCodePoint(code)).join('|');

test('what the protocol replaces in the text of a worker is replaced in any other, and no letter is', () => {
  expect(onOneLine(all)).toBe(clampText(all, all.length));
  expect(onOneLine('a\nb\u001b[2J\u200f\u061c\u202e ünïcode 文 \u{1f600}')).toBe(
    'a\ufffdb\ufffd[2J\ufffd\ufffd\ufffd ünïcode 文 \u{1f600}',
  );
});

test('text of several lines keeps them', () => {
  expect(printable('a\r\nb\u2028c\n')).toBe('a\ufffd\nb\ufffdc\n');
});
