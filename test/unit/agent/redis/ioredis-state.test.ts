import { expect, test } from 'vitest';
import { givenUpBy } from '../../../../agent/src/redis/ioredis-state.ts';

test.each([
  { story: 'it is there', state: { status: 'ready', reconnectTimeout: null, manuallyClosing: false }, by: undefined },
  { story: 'it dials again soon', state: { status: 'reconnecting', reconnectTimeout: {} }, by: undefined },
  { story: 'it dials', state: { status: 'connecting', reconnectTimeout: null }, by: undefined },
  { story: 'nothing lets it dial again', state: { status: 'reconnecting', reconnectTimeout: null }, by: 'library' },
  { story: 'its strategy has told it to stop', state: { status: 'end', manuallyClosing: false }, by: 'program' },
  { story: 'the program has closed it', state: { status: 'end', manuallyClosing: true }, by: undefined },
  { story: 'another version, of which nothing is known', state: { status: 'reconnecting' }, by: undefined },
])('$story', ({ state, by }) => {
  expect(givenUpBy(state)).toBe(by);
});
