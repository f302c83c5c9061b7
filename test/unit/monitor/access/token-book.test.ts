import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { barred, stranger } from '../../../../monitor/src/access/principal.ts';
import { openTokenBook, type TokenBook } from '../../../../monitor/src/access/token-book.ts';
import { resolveConfig } from '../../../../monitor/src/config/resolve.ts';
import type { MonitorConfigInput } from '../../../../monitor/src/config/settings.ts';
import { createLogger } from '../../../../monitor/src/log.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { whenFinished } from '../../../support/test-end.ts';

const secret = (letter: string): string => letter.repeat(16);
const bearer = (token: string): string => `Bearer ${token}`;

async function open(config: MonitorConfigInput) {
  const clock = new FakeClock();
  const refused: string[] = [];
  const lines: string[] = [];
  const log = createLogger({ level: 'info', write: (line) => lines.push(line), clock });
  const book = await openTokenBook({
    config: resolveConfig(config),
    clock,
    log,
    onRefused: (reason) => refused.push(reason),
  });
  whenFinished(() => book.close());
  return { book, clock, refused, lines };
}

function tokenFile(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-token-'));
  whenFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'token'), content);
  return join(folder, 'token');
}

/** Lets the looks at the files happen that are due within the time; what they read is there when it is over. */
async function pass(clock: FakeClock, ms: number, until: () => boolean): Promise<void> {
  for (let passedMs = 0; passedMs < ms && !until(); passedMs += 500) {
    clock.advance(500);
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const who = (book: TokenBook, authorization: string | undefined, address = '10.0.0.1'): string =>
  book.identify(authorization, address).name;

test('without a token everybody may come', async () => {
  const { book } = await open({});
  expect([book.asks, who(book, undefined), book.isCurrent(book.identify(undefined, ''))]).toEqual([
    false,
    'anybody',
    true,
  ]);
});

test('each token is known by its name, from where it stands and with the single one beside it', async () => {
  const { book } = await open({
    token: secret('s'),
    tokens: [
      { name: 'reader', role: 'reader', token: secret('r'), jobs: ['orders'] },
      { name: 'worker', role: 'worker', tokenFile: tokenFile(`${secret('w')}\n`) },
    ],
  });
  expect(book.identify(bearer(secret('s')), '')).toMatchObject({ name: 'token', role: 'admin' });
  expect(book.identify(bearer(secret('r')), '')).toMatchObject({ name: 'reader', role: 'reader', jobs: ['orders'] });
  expect(book.identify(bearer(secret('w')), '')).toMatchObject({ name: 'worker', role: 'worker' });
  expect(book.identify(bearer(secret('x')), '')).toBe(stranger);
  expect(book.identify(undefined, '')).toBe(stranger);
});

test('wrong tokens are counted, told in one line a minute, and bar their address until they are forgotten', async () => {
  const { book, clock, refused, lines } = await open({ token: secret('s') });
  for (let attempt = 0; attempt < 20; attempt += 1) expect(who(book, bearer(secret('x')))).toBe('stranger');
  expect(book.identify(bearer(secret('x')), '10.0.0.1')).toBe(barred);
  expect(book.identify(bearer(secret('s')), '10.0.0.1'), 'what a barred address presents is not looked at').toBe(
    barred,
  );
  expect(who(book, bearer(secret('s')), '10.0.0.2')).toBe('token');
  expect(who(book, undefined), 'without a token there is nothing to guess').toBe('stranger');
  expect(refused.filter((reason) => reason === 'wrong')).toHaveLength(20);
  expect(lines.filter((line) => line.includes('A wrong token came from 10.0.0.1'))).toHaveLength(1);
  expect(lines.join()).not.toContain(secret('x'));
  clock.advance(1500);
  expect(who(book, bearer(secret('s')))).toBe('token');
});

test('a whole IPv6 network counts as one address, and no number of addresses grows the memory of them', async () => {
  const { book } = await open({ token: secret('s') });
  for (let attempt = 0; attempt < 20; attempt += 1)
    who(book, bearer(secret('x')), `2001:db8:0:1::${attempt.toString(16)}`);
  expect(who(book, bearer(secret('s')), '2001:db8:0:1:ffff::9')).toBe('barred');
  expect(who(book, bearer(secret('s')), '2001:db8:0:2::1')).toBe('token');
  for (let host = 0; host < 5000; host += 1) who(book, bearer(secret('x')), `10.1.${host >> 8}.${host & 255}`);
  expect(who(book, bearer(secret('s')), '2001:db8:0:1::1'), 'forgotten for younger ones').toBe('token');
});

test('a token ends when it expires', async () => {
  const { book, clock, refused } = await open({
    tokens: [{ name: 'guest', role: 'reader', token: secret('g'), expiresAt: '2026-01-02T03:05:05Z' }],
  });
  const principal = book.identify(bearer(secret('g')), '');
  expect([principal.name, book.isCurrent(principal)]).toEqual(['guest', true]);
  clock.advance(61_000);
  expect([who(book, bearer(secret('g'))), book.isCurrent(principal), refused]).toEqual([
    'stranger',
    false,
    ['expired'],
  ]);
});

test('a file that changes replaces its token within four seconds', async () => {
  const file = tokenFile(secret('a'));
  const { book, clock, lines } = await open({ tokens: [{ name: 'w', role: 'worker', tokenFile: file }] });
  const before = book.identify(bearer(secret('a')), '');
  writeFileSync(file, secret('b'));
  await pass(clock, 4000, () => !book.isCurrent(before));
  expect(book.isCurrent(before)).toBe(false);
  expect([who(book, bearer(secret('a'))), who(book, bearer(secret('b')))]).toEqual(['stranger', 'w']);
  expect(lines.join()).toContain('The token w has been replaced');
  expect(lines.join()).not.toContain(secret('b'));
});

test('a look that somebody asks for finds what has changed before, also while another look is under way', async () => {
  const file = tokenFile(secret('a'));
  const { book } = await open({ tokens: [{ name: 'w', role: 'worker', tokenFile: file }] });
  const earlier = book.look();
  writeFileSync(file, secret('b'));
  await book.look();
  expect([who(book, bearer(secret('a'))), who(book, bearer(secret('b')))]).toEqual(['stranger', 'w']);
  await earlier;
});

test('a file that is gone or empty withdraws its token at the second look, not at the first', async () => {
  const file = tokenFile(secret('a'));
  const { book, clock, lines } = await open({ tokens: [{ name: 'w', role: 'worker', tokenFile: file }] });
  const before = book.identify(bearer(secret('a')), '');
  writeFileSync(file, '');
  await pass(clock, 2500, () => false);
  expect(book.isCurrent(before)).toBe(true);
  rmSync(file);
  await pass(clock, 4000, () => !book.isCurrent(before));
  expect([book.isCurrent(before), who(book, bearer(secret('a')))]).toEqual([false, 'stranger']);
  expect(book.asks, 'the last token that is withdrawn does not open the door').toBe(true);
  expect(lines.join()).toContain('The token w counts as withdrawn');
});

test('a file that is not there and two tokens that are the same are faults of the settings, all told at once', async () => {
  const tokens = [
    { name: 'a', role: 'reader', token: secret('a') },
    { name: 'b', role: 'admin', token: secret('a') },
    { name: 'c', role: 'worker', tokenFile: '/nowhere/token' },
  ] as const;
  const fault = await open({ tokens }).catch((error: Error) => error.message);
  expect(fault).toContain('token c');
  expect(fault).toContain('a and b are the same token');
  expect(fault).not.toContain(secret('a'));
});
