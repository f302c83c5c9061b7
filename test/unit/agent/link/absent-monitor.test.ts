import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { create, EvidenceSchema, HelloSchema, ReportSchema, Topic } from '@streamgauge/proto';
import { expect, test } from 'vitest';
import { DIAL_BACK_OFF } from '../../../../agent/src/link/back-off.ts';
import { createLink } from '../../../../agent/src/link/link.ts';
import { createOutbox, OUTBOX_LIMITS } from '../../../../agent/src/link/outbox.ts';
import { createLog } from '../../../../agent/src/log.ts';
import { seededRandom } from '../../../property/support/random.mjs';

const HOUR_MS = 3_600_000;
const TICK_MS = 250;

test('an hour without a monitor is dialled through to its end, costs a line a minute, and fills no memory', async () => {
  const url = await refusingUrl();
  const lines: string[] = [];
  let nowMs = 0;
  const log = createLog({ level: 'error', write: (line) => lines.push(line), nowMs: () => nowMs });
  const outbox = createOutbox();
  const triedAtMs: number[] = [];
  const link = createLink({
    url,
    credentials: () => ({}),
    hello: () => create(HelloSchema),
    outbox,
    log: {
      ...log,
      trouble: (line) => {
        triedAtMs.push(nowMs);
        log.trouble(line);
      },
    },
    random: seededRandom(1).next,
    onWelcome: () => {},
    onSampleRequest: () => {},
    onStatusRequest: () => {},
  });
  const evidence = { case: 'evidence', value: create(EvidenceSchema, { missing: ['x'.repeat(900)] }) } as const;
  let told = 0;
  for (; nowMs < HOUR_MS; nowMs += TICK_MS) {
    link.tick(nowMs);
    if (nowMs % 1000 === 0) {
      link.sendEvent(Topic.EVIDENCE, nowMs, evidence);
      told += 1;
    }
    expect(link.sendReport(create(ReportSchema))).toBe(false);
    // The sockets are real: what they have to say comes between two ticks.
    await new Promise((resolve) => setImmediate(resolve));
  }
  link.stop();
  expect(outbox.size).toBe(OUTBOX_LIMITS.maxEvents);
  expect(outbox.bytes).toBeLessThanOrEqual(OUTBOX_LIMITS.maxBytes);
  expect(outbox.dropped).toBe(told - OUTBOX_LIMITS.maxEvents);
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.length).toBeLessThanOrEqual(HOUR_MS / 60_000 + 1);
  // Not less often than every pause at its longest, as long as a dial itself takes beside.
  expect(triedAtMs.length).toBeGreaterThan(HOUR_MS / (2 * DIAL_BACK_OFF.capMs));
  expect(HOUR_MS - (triedAtMs.at(-1) ?? 0)).toBeLessThan(2 * DIAL_BACK_OFF.capMs);
});

/** An address of this machine that nobody listens at. */
async function refusingUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `ws://127.0.0.1:${port}/v1/worker`;
}
