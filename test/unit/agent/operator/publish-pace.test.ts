import { expect, test } from 'vitest';
import { PublishPace } from '../../../../agent/src/operator/publish-pace.ts';

test('publishing takes a hundredth of the time, and what took very long is a thread without a processor', () => {
  const pace = new PublishPace();
  expect(pace.isDue(0)).toBe(true);
  pace.done(0, 2);
  expect([pace.isDue(199), pace.isDue(200)]).toEqual([false, true]);
  pace.done(1000, 60);
  expect([pace.isDue(1499), pace.isDue(1500)]).toEqual([false, true]);
});
