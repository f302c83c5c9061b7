import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FakeMonitor, reportOf, startFakeMonitor } from './fake-monitor.ts';
import { type RunningProgram, type RunResult, runProgram, startProgram } from './run-program.ts';

/** What the issue allows an exit to take longer with the agent on. */
const ALLOWED_DELAY_MS = 50;
/** Long enough for the agent to be connected when the program ends. */
const CONNECTED_AFTER_MS = '600';

const KINDS = [
  'normal',
  'exit-3',
  'exit-code-4',
  'throw',
  'reject',
  'caught',
  'sigterm',
  'sigterm-handled',
  'worker-thread',
  'before-exit',
  'fork',
];

/** What ends otherwise in CommonJS, if anything does; the rest of it is looked at once, under the Node.js of the tests. */
const KINDS_OF_EACH_LOADER = ['normal', 'throw', 'reject', 'fork'];
const ELSEWHERE = process.env.TEST_NODE !== undefined;
if (ELSEWHERE)
  console.warn(
    'skipped: most ends of CommonJS, ends without a monitor, and how long an exit takes, because the Node.js decides none of it: once is enough',
  );

let monitor: FakeMonitor;
beforeAll(async () => {
  monitor = await startFakeMonitor();
});
afterAll(() => monitor.close());

describe.concurrent.each(['ends.mjs', 'ends.cjs'])('%s ends with the agent as it does without', (program) => {
  const kinds = ELSEWHERE && program === 'ends.cjs' ? KINDS_OF_EACH_LOADER : KINDS;
  // Nine processes at once, and a starved machine.
  test.for(kinds)('%s', async (kind, { expect }) => {
    const args = [kind, CONNECTED_AFTER_MS];
    // Who takes the goodbye decides as little for one way to load as for the other.
    const isAlone = !ELSEWHERE && program === 'ends.mjs';
    const alone = { STREAMGAUGE_MONITOR_URL: 'ws://127.0.0.1:9', STREAMGAUGE_LOG: 'off' };
    const [off, ...on] = await Promise.all([
      runProgram({ program, args, agent: false }),
      runProgram({ program, args, env: { STREAMGAUGE_MONITOR_URL: monitor.url } }),
      ...(isAlone ? [runProgram({ program, args, env: alone })] : []),
    ]);
    for (const attached of on) expect(visible(attached)).toEqual(visible(off));
  });
});

test.runIf(!ELSEWHERE)(
  'the exit is not held up by more than 50 ms while the agent says goodbye',
  async () => {
    const off: number[] = [];
    const on: number[] = [];
    // In turn, so that what else the machine does falls on both.
    for (let run = 0; run < 7; run++) {
      const own = await startFakeMonitor();
      const [bare, attached] = await Promise.all([readyToEnd(undefined), readyToEnd(own)]);
      off.push(await exitDelay(bare));
      on.push(await exitDelay(attached).finally(own.close));
    }
    expect(undisturbed(on) - undisturbed(off)).toBeLessThan(ALLOWED_DELAY_MS);
  },
  300_000,
);

test('a worker that ends tells the monitor its exit code and that it leaves', async () => {
  const own = await startFakeMonitor();
  try {
    await endConnected(own, 'exit-3');
    const lifecycle = await own.waitFor(
      ({ body }) =>
        body.case === 'event' &&
        body.value.payload.case === 'lifecycle' &&
        body.value.payload.value.exitCode !== undefined &&
        body.value.payload.value,
      5000,
    );
    expect(lifecycle.exitCode).toBe(3);
    await own.waitFor(({ body }) => body.case === 'heartbeat' && body.value.periodMillis === 0, 5000);
  } finally {
    await own.close();
  }
});

test('an error nobody caught reaches the monitor with its frames before the process is gone', async () => {
  const own = await startFakeMonitor();
  try {
    await endConnected(own, 'throw');
    const failure = await own.waitFor(
      ({ body }) => body.case === 'event' && body.value.payload.case === 'failure' && body.value.payload.value,
      5000,
    );
    expect(failure).toMatchObject({ name: 'TypeError', message: 'thrown on purpose' });
    expect(failure.frames[0]?.file).toMatch(/ends\.mjs$/);
  } finally {
    await own.close();
  }
});

test('the inspector of the user works as without the agent', async () => {
  const { stderr, code } = await runProgram({
    program: 'ends.mjs',
    args: ['normal', '300'],
    nodeArgs: ['--inspect=127.0.0.1:0'],
    env: { STREAMGAUGE_MONITOR_URL: monitor.url },
  });
  expect(code).toBe(0);
  expect(stderr.match(/Debugger listening on/g)).toHaveLength(1);
  expect(stderr).not.toContain('Waiting for the debugger');
});

test('settings that cannot be used give one line, and the program runs', async () => {
  const { code, stdout, stderr } = await runProgram({
    program: 'ends.mjs',
    args: ['exit-3'],
    env: { STREAMGAUGE_MONITOR_URL: 'nowhere', STREAMGAUGE_REPORT_INTERVAL_MS: 'often' },
  });
  expect(code).toBe(3);
  expect(stdout).toContain('exit event 3');
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(/STREAMGAUGE_MONITOR_URL.*STREAMGAUGE_REPORT_INTERVAL_MS.*stays off/);
});

test('switched off, the agent opens no connection and says nothing', async () => {
  const own = await startFakeMonitor();
  try {
    const { code, stderr } = await runProgram({
      program: 'ends.mjs',
      args: ['normal', '600'],
      env: { STREAMGAUGE_MONITOR_URL: own.url, STREAMGAUGE_DISABLED: '1' },
    });
    expect({ code, stderr, connections: own.connections }).toEqual({ code: 0, stderr: '', connections: 0 });
  } finally {
    await own.close();
  }
});

/** What another program sees of a run: times and the paths of stack traces left out. */
function visible({ code, signal, stdout, stderr }: RunResult): object {
  const lines = (text: string): string[] =>
    text.split('\n').filter((line) => !/^ending |^\s+at |^Node\.js v/.test(line));
  return { code, signal, stdout: lines(stdout), stderr: lines(stderr) };
}

/** Runs a program that ends once it is connected. */
async function endConnected(to: FakeMonitor, kind: string): Promise<RunResult> {
  const program = await readyToEnd(to, kind);
  program.child.kill('SIGUSR2');
  return program.ended;
}

/** Starts a program that ends at SIGUSR2, and waits until it is connected; without a monitor it has no agent. */
async function readyToEnd(to: FakeMonitor | undefined, kind = 'normal'): Promise<RunningProgram> {
  const program = startProgram({
    program: 'ends.mjs',
    args: [kind, 'signal'],
    ...(to === undefined ? { agent: false } : { env: { STREAMGAUGE_MONITOR_URL: to.url } }),
  });
  await program.printed('waiting for the signal', 10_000);
  await to?.waitFor(reportOf, 10_000);
  return program;
}

/** From the program's last statement to its end as its parent sees it, milliseconds. */
async function exitDelay(program: RunningProgram): Promise<number> {
  program.child.kill('SIGUSR2');
  const { stdout } = await program.ended;
  return Date.now() - Number(/ending (\d+)/.exec(stdout)?.[1]);
}

/** The second shortest: what else the machine does can only make an exit longer. */
function undisturbed(values: number[]): number {
  return values.toSorted((left, right) => left - right)[1] as number;
}
