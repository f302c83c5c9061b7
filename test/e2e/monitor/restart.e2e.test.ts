import { Topic } from '@streamgauge/proto';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { HandMadeWorker } from '../../support/hand-made-worker.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { startMonitorProcess } from '../harness/monitor.ts';

interface Feed {
  readonly events: readonly {
    readonly offset: number;
    readonly topic: string;
    readonly payload: { requestId: string };
  }[];
  readonly next_offset: number;
}

function acknowledged(worker: HandMadeWorker): bigint {
  let last = 0n;
  for (const { body } of worker.received) {
    if (body.case !== 'acknowledgement') continue;
    for (const { number } of body.value.offsets) if (number > last) last = number;
  }
  return last;
}

describe.concurrent('a monitor that is killed while events arrive', () => {
  test('has every acknowledged event after its restart, and tells the worker where to go on', async () => {
    const folder = temporaryFolder();
    let number = 0;
    let promised = 0n;
    for (let round = 1; round <= 3; round += 1) {
      const monitor = await startMonitorProcess(['--data', folder]);
      const worker = new HandMadeWorker(`${monitor.workerUrl}/v1/worker`);
      const welcome = await worker.greet();
      const resumed = welcome.case === 'welcome' ? (welcome.value.offsets[0]?.number ?? 0n) : -1n;
      // What was acknowledged is never taken back; what was not may have been stored all the same.
      expect(resumed).toBeGreaterThanOrEqual(promised);
      number = Number(resumed);
      const sender = setInterval(() => {
        for (let burst = 0; burst < 5; burst += 1) {
          number += 1;
          worker.event(number, Topic.EVIDENCE);
        }
      }, 5);
      await eventually(() => acknowledged(worker) > resumed + 50n);
      monitor.process.kill('SIGKILL');
      await monitor.process.ended;
      clearInterval(sender);
      promised = acknowledged(worker);
    }
    const monitor = await startMonitorProcess(['--data', folder]);
    const ids: string[] = [];
    for (let offset = 0; ids.length < Number(promised); ) {
      const feed = await monitor.get<Feed>(`/api/v1/events?start_offset=${offset}&batch_size=100`);
      ids.push(...feed.events.filter(({ topic }) => topic === 'evidence').map(({ payload }) => payload.requestId));
      offset = feed.next_offset;
    }
    // Each once, in order, without a gap.
    expect(ids.slice(0, Number(promised))).toEqual(
      Array.from({ length: Number(promised) }, (_, index) => `r${index + 1}`),
    );
    await monitor.close();
    expect((await monitor.process.ended).code).toBe(0);
  });

  test('takes back the open incident under the same id', async () => {
    const folder = temporaryFolder();
    const first = await startMonitorProcess(['--data', folder]);
    const worker = new HandMadeWorker(`${first.workerUrl}/v1/worker`);
    await worker.greet({ worker: 'gone', job: 'index' });
    worker.report(1, { intervalMillis: 200 });
    worker.socket.terminate();
    const lost = await first.waitForIncident(({ type }) => type === 'worker-lost', 10_000);
    first.process.kill('SIGKILL');
    await first.process.ended;
    const second = await startMonitorProcess(['--data', folder]);
    const same = await second.waitForIncident(({ id }) => id === lost.id, 5000);
    expect(same.state).toBe('open');
    const back = new HandMadeWorker(`${second.workerUrl}/v1/worker`);
    await back.greet({ worker: 'gone', job: 'index' });
    back.report(2, { intervalMillis: 60_000 });
    await second.waitForIncident(({ id, state }) => id === lost.id && state === 'resolved', 10_000);
    await second.close();
  });
});
