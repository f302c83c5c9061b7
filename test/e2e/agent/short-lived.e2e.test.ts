import { fileURLToPath } from 'node:url';
import type { Incident } from '@streamgauge/monitor';
import { expect, it } from 'vitest';
import type { Slot } from '../../soak/short-lived-growth.ts';
import { startTestMonitor } from '../harness/monitor.ts';
import { until } from '../harness/until.ts';
import { startWorker } from '../harness/worker.ts';

const NODE = process.env.TEST_NODE ?? process.execPath;
const PROGRAM = fileURLToPath(new URL('../../soak/short-lived-program.mjs', import.meta.url));
const KINDS = 4;
/** Each kind of stream once, and the first one again. */
const SLOTS = KINDS + 1;
/**
 * From the slot in which the last kind was seen for the first time. Each has made 600 units or more of 3 or 4 streams, of some 10 KB: had
 * a tenth of them been kept, they would be more. What V8 makes of code that it sees for the first time is there by then.
 */
const HEAP_TOLERANCE_BYTES = 1.5 * 2 ** 20;

it('thousands of short-lived streams leave nothing behind, and one that hangs among them is named', async () => {
  // Collecting the garbage of a storm on a busy machine blocks the loop for longer than is usual in these tests.
  const monitor = await startTestMonitor({ loopBlockedMs: 10_000 });
  const worker = startWorker({
    program: PROGRAM,
    programArguments: [
      ...[
        '--streams',
        '3000',
        '--slot-ms',
        '1000',
        '--least',
        '600',
        '--slots',
        String(SLOTS),
        '--kinds',
        'pipeline,request,generators,web',
      ],
      ...['--abandon', '20', '--hang-in-slot', '1'],
    ],
    monitorUrl: monitor.workerUrl,
    job: 'short-lived',
    worker: 'w1',
    node: NODE,
  });
  const incident = await monitor.waitForVerdict(() => true, 25_000);
  expect(incident).toMatchObject({ type: 'stall', operator: 'Settle', mechanism: 'await-pending' });
  expect(incident.evidence.location).toMatchObject({ function: 'settle' });

  const slots = await until('all slots', 25_000, () => {
    const lines = worker.stdout().split('\n').slice(0, -1);
    return lines.length < SLOTS ? undefined : lines.map((line) => JSON.parse(line) as Slot);
  });
  const [first, ...others] = slots.slice(KINDS - 1) as [Slot, ...Slot[]];
  for (const { heapBytes, handles, open } of others) {
    expect(heapBytes).toBeLessThan(first.heapBytes + HEAP_TOLERANCE_BYTES);
    expect(handles).toBeLessThanOrEqual(first.handles + 5);
    expect(open).toBe(0);
  }
  // The abandoned pipelines are gone, as nobody holds them.
  await monitor.waitForGraph(
    'short-lived',
    ({ operators }) => operators.map(({ name }) => name).join() === 'Feed,Settle,Book',
    10_000,
  );
  expect((await monitor.incidents()).filter(({ state }: Incident) => state === 'open')).toHaveLength(1);
});
