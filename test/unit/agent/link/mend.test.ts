import { CloseCode } from '@streamgauge/proto';
import { expect, test } from 'vitest';
import { mendOf } from '../../../../agent/src/link/mend.ts';

const ended = (code: number, status?: number) => ({ code, status, reason: '' });

test('what a person can do is told by how the connection ended, and by whether a token was shown', () => {
  expect(mendOf(ended(1006, 401), { token: undefined })).toMatch(/asks for a token: set STREAMGAUGE_TOKEN_FILE/);
  expect(mendOf(ended(1006, 401), { token: 'x' })).toMatch(/wrong or has expired/);
  expect(mendOf(ended(CloseCode.UNAUTHORISED), { token: 'x' })).toMatch(/wrong or has expired/);
  expect(mendOf(ended(1006, 403), { token: 'x' })).toMatch(/needs the role worker/);
  expect(mendOf(ended(1006, 404), { token: 'x' })).toMatch(/names a monitor/);
  expect([mendOf(ended(1006), {}), mendOf(ended(1006, 503), {})]).toEqual([undefined, undefined]);
});
