import { create, type Evidence, SampleKind, SampleRequestSchema } from '@streamgauge/proto';
import { afterEach, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { evidenceOf, type FakeMonitor, reportOf, startFakeMonitor } from './fake-monitor.ts';
import { type RunningProgram, startProgram } from './run-program.ts';

// The sum of the waits of the longest test below.
vi.setConfig({ testTimeout: 80_000 });

let monitor: FakeMonitor;
let program: RunningProgram;
afterEach(async () => {
  program.child.kill('SIGKILL');
  await monitor.close();
});

test('a debugger that comes while evidence is taken, stays and goes has the program to itself: it is never resumed by anybody else', async () => {
  monitor = await startFakeMonitor({ welcome: { settings: { reportIntervalMillis: 200, loopBlockedMillis: 500 } } });
  program = startProgram({
    program: 'stuck.mjs',
    args: ['await', '60000'],
    nodeArgs: ['--inspect=127.0.0.1:0'],
    env: { STREAMGAUGE_MONITOR_URL: monitor.url },
  });
  const operatorId = await monitor.waitFor((message) => {
    const operator = reportOf(message)?.operators.find(({ name }) => name === 'Enrich');
    return operator !== undefined && operator.heldNano > 300_000_000n && operator.id;
  }, 10_000);

  // Before and during.
  const early = ask(operatorId);
  const person = await attach(/ws:\/\/\S+/.exec(program.stderr())?.[0] ?? '');
  expect(namesOf(await early)).toContain('lookUp');

  person.send('Debugger.enable');
  person.send('Debugger.pause');
  await vi.waitFor(() => expect(person.events).toContain('Debugger.paused'), 15_000);
  const meanwhile = ask(operatorId, [SampleKind.AWAIT]);
  // The agent finds the loop blocked as well, and looks by itself.
  await monitor.waitFor((message) => evidenceOf(message)?.requestId === '', 10_000);
  const silent = await monitor.waitFor(
    (message) => reportOf(message)?.loop?.debuggerPaused && reportOf(message)?.loop,
    10_000,
  );
  expect(silent.blockedNano).toBeGreaterThan(0n);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(person.events).not.toContain('Debugger.resumed');

  person.send('Debugger.resume');
  await vi.waitFor(() => expect(person.events).toContain('Debugger.resumed'), 15_000);
  await meanwhile;
  person.close();

  // After.
  expect(namesOf(await ask(operatorId))).toContain('lookUp');
});

/** What a person's debugger sees. */
async function attach(url: string): Promise<{ events: string[]; send(method: string): void; close(): void }> {
  const socket = new WebSocket(url);
  const events: string[] = [];
  let id = 0;
  socket.on('message', (data) => {
    const { method } = JSON.parse(String(data)) as { method?: string };
    if (method !== undefined) events.push(method);
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return {
    events,
    send: (method) => socket.send(JSON.stringify({ id: ++id, method })),
    close: () => socket.close(),
  };
}

function ask(operatorId: number, kinds: SampleKind[] = []): Promise<Evidence> {
  const requestId = `request-${Math.random()}`;
  monitor.send({ case: 'sampleRequest', value: create(SampleRequestSchema, { requestId, operatorId, kinds }) });
  return monitor.waitFor((message) => {
    const evidence = evidenceOf(message);
    return evidence?.requestId === requestId && evidence;
  }, 15_000);
}

function namesOf({ samples }: Evidence): string[] {
  return samples.flatMap(({ frames }) => frames.map((frame) => frame.function.replace(/^.*\./, '')));
}
