import { expect, it } from 'vitest';
import { createLogger } from '../../../../monitor/src/log.ts';
import type { Metrics } from '../../../../monitor/src/metrics/metrics.ts';
import { reportPlugins } from '../../../../monitor/src/plugin/report-plugins.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

it('what goes wrong with a classifier is counted each time and logged once a minute, by classifier and reason', () => {
  const clock = new FakeClock();
  const lines: string[] = [];
  const counted: string[] = [];
  const log = createLogger({ level: 'error', write: (line) => void lines.push(line), clock });
  const metrics = {
    count: (name: string, by = 1, attributes = {}) => counted.push(`${name} ${by} ${JSON.stringify(attributes)}`),
  } as unknown as Metrics;
  const report = reportPlugins(log, () => metrics);
  for (let time = 1; time <= 3; time += 1) report.failed('quota', 'throw', 'broken');
  report.failed('quota', 'timeout', 'it gave no answer within 2 s');
  report.labelsDropped('quota', 2);
  expect(lines).toHaveLength(3);
  expect(lines[0]).toContain('classifier quota was passed over: broken');
  clock.advance(60_000);
  report.failed('quota', 'throw', 'broken');
  expect(lines.at(-1)).toContain('and 2 more since the last such line');
  expect(counted.filter((line) => line.includes('"reason":"throw"'))).toHaveLength(4);
  expect(counted).toContain('streamgauge.monitor.classifier.failures 1 {"classifier":"quota","reason":"timeout"}');
  expect(counted).toContain('streamgauge.monitor.classifier.labels.dropped 2 {"classifier":"quota"}');
});
