import { create, encodeWorkerMessage, HelloSchema, SUBPROTOCOL_BINARY } from '@streamgauge/proto';
import { frameCodec } from '../../../monitor/src/link/frame-codec.ts';
import { silentLogger } from '../../../monitor/src/log.ts';
import type { RunningProgressMonitor } from '../../../monitor/src/progress/options.ts';
import { createProgressMonitor } from '../../../monitor/src/progress/progress-monitor.ts';
import { createMemoryStore } from '../../../monitor/src/store/memory-store.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { limits } from '../../support/story.ts';
import { nothingToClose, type Outcome, type Target } from '../target.ts';
import { framesOf } from './worker-frames.ts';

/** From one frame to the next; some are so far apart that what was held becomes a stall. */
const STEPS_MS = [0, 1000, 20_000];

/**
 * What the monitor makes of frames that could be read, one after the other: models, verdicts, incidents and views. It never fails,
 * and shows no number that is none and no age below zero.
 */
export function core(): Target {
  return {
    ...framesOf((message) => encodeWorkerMessage(message)),
    words: ['\u007f', '\u0000'],
    most: 8,
    check,
    close: nothingToClose,
  };
}

async function check(pieces: readonly Uint8Array[]): Promise<Outcome> {
  const clock = new FakeClock();
  const monitor = createProgressMonitor({
    clock,
    limits,
    store: createMemoryStore({ clock }),
    requestSample: () => true,
    logger: silentLogger,
  });
  const codec = frameCodec(SUBPROTOCOL_BINARY);
  let outcome: Outcome = 'taken';
  try {
    monitor.workerConnected(create(HelloSchema, { worker: 'w', job: 'j', session: 's', protocolVersion: 1 }));
    for (const [index, piece] of pieces.entries()) {
      const read = codec.decode(Buffer.from(piece), true);
      if (read.ok) tell(monitor, read.message.body);
      else outcome = 'refused';
      clock.advance(STEPS_MS[(piece.length + index) % STEPS_MS.length] as number);
      monitor.check();
    }
    monitor.workerDisconnected('w', 'lost');
    clock.advance(10_000);
    monitor.check();
    await monitor.settled();
    for (const view of viewsOf(monitor)) inspect(view, '');
    return outcome;
  } finally {
    await monitor.close();
  }
}

type Body = Extract<ReturnType<ReturnType<typeof frameCodec>['decode']>, { ok: true }>['message']['body'];

/** As a connection tells it. */
function tell(monitor: RunningProgressMonitor, body: Body): void {
  if (body.case === 'hello') monitor.workerConnected({ ...body.value, worker: 'w' });
  else if (body.case === 'report') monitor.reportReceived('w', body.value);
  else if (body.case === 'event') monitor.eventStored('w', body.value);
  else if (body.case === 'heartbeat') monitor.tasksTold('w', body.value);
}

function viewsOf(monitor: RunningProgressMonitor): readonly unknown[] {
  const jobs = monitor.jobs();
  return [
    ...jobs,
    ...jobs.map(({ job }) => monitor.graph(job)),
    ...monitor.workers(),
    ...monitor.openIncidents({}),
    monitor.counters(),
  ];
}

function inspect(value: unknown, path: string): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error(`${path} is ${value}`);
    if (/Age(Ms)?$|DelayMs$/.test(path) && value < 0) throw new Error(`${path} is ${value}, which is below zero`);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) inspect(inner, `${path}.${key}`);
  }
}
