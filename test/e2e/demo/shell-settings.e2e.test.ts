import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../harness/cli.ts';

test('the demo keeps its bounds and exports nothing, whatever the shell has set', { timeout: 60_000 }, async () => {
  let exports = 0;
  const collector = createServer((request, response) => {
    exports += 1;
    request.resume();
    response.end();
  });
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  onTestFinished(() => void collector.close());
  const { code, stderr } = await runCli(['demo', '--once', '--json', '--fault', 'spin'], {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      STREAMGAUGE_LOOP_BLOCKED_MS: '600000',
      STREAMGAUGE_STALL_AFTER_MS: '600000',
      STREAMGAUGE_CHECK_INTERVAL_MS: '60000',
      STREAMGAUGE_MONITOR_URL: 'ws://127.0.0.1:9',
      STREAMGAUGE_TOKEN: 'a-token-of-twenty-four-c',
      STREAMGAUGE_DISABLED: '1',
    },
  });
  expect([code, stderr, exports]).toEqual([0, '', 0]);
});
