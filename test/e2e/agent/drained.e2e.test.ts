import { readFileSync } from 'node:fs';
import {
  type Evidence,
  EvidenceTrigger,
  type Lifecycle,
  type Report,
  type WorkerMessage,
  WorkerState,
} from '@streamgauge/proto';
import { describe, type expect, test } from 'vitest';
import { evidenceOf, type FakeMonitor, reportOf, startFakeMonitor } from './fake-monitor.ts';
import { type RunResult, startProgram } from './run-program.ts';

const PROGRAM = 'runs-dry.mjs';
const LINES = readFileSync(new URL(`../programs/${PROGRAM}`, import.meta.url), 'utf8').split('\n');
const lineOf = (text: string): number => LINES.findIndex((line) => line.includes(text)) + 1;

/** How the program ends: with a module that waits for ever, without, and by its own will. */
const KINDS = { lost: 13, refilled: 0, exits: 0 } as const;

/**
 * A process looks for places for 15 ms and waits 40 ms for its goodbye to be sent, and no longer: usual are 10 for all of it, but
 * where five threads want to run on each processor it goes without. Then the program is run again.
 */
const ATTEMPTS = 6;
const GOODBYE_MS = 2000;

describe.concurrent('an event loop that runs dry', () => {
  test('with a callback lost and a promise that nobody settles names both, with their places', async ({ expect }) => {
    const { lifecycle, evidence, report, exitCode } = await endOf('lost', expect);
    expect(lifecycle).toMatchObject({ exitCode, drained: true });
    const names = new Map(report?.operators.map(({ id, name }) => [id, name]));
    expect(lifecycle.unfinishedOperatorIds.map((id) => names.get(id)).sort()).toEqual(['Enrich', 'price']);
    const found = new Map(evidence.map((piece) => [names.get(piece.operatorId), piece]));
    expect(found.get('Enrich')).toMatchObject({
      trigger: EvidenceTrigger.LOOP_DRAINED,
      callbackOutstanding: true,
      promiseOutstanding: false,
      operatorLocation: { function: '_transform', line: lineOf('_transform(record') },
    });
    expect(found.get('price')).toMatchObject({
      callbackOutstanding: false,
      promiseOutstanding: true,
      operatorLocation: { function: 'price', line: lineOf('await new Promise(() => undefined)') },
    });
  });

  test('and is given work again comes to its end with nothing left', async ({ expect }) => {
    const { lifecycle, evidence } = await endOf('refilled', expect);
    expect(lifecycle).toMatchObject({ state: WorkerState.FINISHED, drained: true, unfinishedOperatorIds: [] });
    expect(evidence).toEqual([]);
  });

  test('is not what process.exit() in the middle of the flow is', async ({ expect }) => {
    const { lifecycle, evidence } = await endOf('exits', expect);
    expect(lifecycle).toMatchObject({ state: WorkerState.FINISHED, drained: false, unfinishedOperatorIds: [] });
    expect(evidence).toEqual([]);
  });
});

interface End {
  readonly lifecycle: Lifecycle;
  readonly evidence: readonly Evidence[];
  readonly report: Report | undefined;
  /** As the program itself is told: 0 on Node.js 20, which thinks of its 13 when everybody has heard of the exit. */
  readonly exitCode: number;
}

/** Runs the program without the agent and with it, which nobody but the monitor can tell apart. */
async function endOf(kind: keyof typeof KINDS, { soft }: typeof expect): Promise<End> {
  const off = await run(kind, undefined);
  for (let attempt = 1; ; attempt++) {
    const monitor = await startFakeMonitor();
    try {
      const on = await run(kind, monitor);
      soft(visible(on)).toEqual(visible(off));
      soft(on.code).toBe(KINDS[kind]);
      const said = ({ body }: WorkerMessage): boolean => body.case === 'heartbeat' && body.value.periodMillis === 0;
      await monitor.waitFor(said, GOODBYE_MS);
      const messages = monitor.received.map(({ message }) => message);
      const evidence = messages.flatMap((message) => evidenceOf(message) ?? []);
      if (attempt < ATTEMPTS && evidence.some(({ operatorLocation }) => operatorLocation === undefined)) continue;
      return {
        evidence,
        lifecycle: messages.flatMap((message) => lifecycleOf(message) ?? []).at(-1) as Lifecycle,
        report: messages.flatMap((message) => reportOf(message) ?? []).at(-1),
        exitCode: Number(/exit event (\d+)/.exec(on.stdout)?.[1]),
      };
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    } finally {
      await monitor.close();
    }
  }
}

function lifecycleOf({ body }: WorkerMessage): Lifecycle | undefined {
  return body.case === 'event' && body.value.payload.case === 'lifecycle' ? body.value.payload.value : undefined;
}

async function run(kind: string, monitor: FakeMonitor | undefined): Promise<RunResult> {
  const program = startProgram({
    program: PROGRAM,
    args: [kind],
    ...(monitor === undefined ? { agent: false } : { env: { STREAMGAUGE_MONITOR_URL: monitor.url } }),
  });
  await program.printed('waiting for the signal', 10_000);
  await monitor?.waitFor(reportOf, 10_000);
  program.child.kill('SIGUSR2');
  return program.ended;
}

function visible({ code, signal, stdout, stderr }: RunResult): object {
  return { code, signal, stdout, stderr };
}
