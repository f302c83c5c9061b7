import { expect, test } from 'vitest';
import { type Ends, partingOf } from '../../../../monitor/src/model/parting.ts';

const ends = (more: Partial<Ends> = {}): Ends => ({
  silent: true,
  remoteAddress: '127.0.0.1',
  localAddress: '127.0.0.1',
  host: 'box',
  pid: 7,
  ownHost: 'box',
  ...more,
});
const stat = (text: string) => (pid: number) => {
  if (pid !== 7) throw new Error('ENOENT');
  return text;
};

test.each<[string, Partial<Ends>, boolean]>([
  ['loopback', {}, true],
  ['loopback of version 6', { remoteAddress: '::1', localAddress: '::1' }, true],
  ['loopback as version 6 writes it', { remoteAddress: '::ffff:127.0.0.1' }, true],
  ['the own address', { remoteAddress: '10.0.0.5', localAddress: '10.0.0.5' }, true],
  ['another address', { remoteAddress: '10.0.0.6', localAddress: '10.0.0.5' }, false],
  ['a proxy on this host', { host: 'other' }, false],
  ['a connection that is not known', { remoteAddress: '', localAddress: '' }, false],
  ['a worker without a host', { host: '', ownHost: '' }, false],
])('same host: %s', (_, more, sameHost) => {
  expect(partingOf(ends(more), stat('7 (node) S 1')).sameHost).toBe(sameHost);
});

test('the state of a process is that of the process of this host only, whatever its name is', () => {
  expect(partingOf(ends(), stat('7 (a) T (b) T 1 7')).processState).toBe('T');
  expect(partingOf(ends({ pid: 8 }), stat('7 (node) T 1')).processState).toBe('');
  expect(partingOf(ends({ host: 'other' }), stat('7 (node) T 1')).processState).toBe('');
  expect(partingOf(ends(), stat('strange')).processState).toBe('');
});
