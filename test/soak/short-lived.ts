/**
 * Streams that are made and destroyed for each request: what they cost with the agent, and whether anything is left of them.
 *
 * A bare and an attached process make the same streams side by side, so that both meet the same machine: one kind of stream after
 * the other, in slots of some seconds. Processor time is that of the whole process, all threads. After each slot there is a rest,
 * then the garbage is collected, and what is still there is measured. The monitor is a real end of the link without a judgement.
 *
 * usage: node short-lived.ts [--json] [--seconds 600] [--streams 10000] [--kind NAME]...
 * Ends with 1 when heap, operators or handles of the attached process grow.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeEnvironment, printFigure, spreadOf } from '../bench/figures.ts';
import { reportOf, startFakeMonitor } from '../e2e/agent/fake-monitor.ts';
import { growthOf, type Slot } from './short-lived-growth.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '600' },
    streams: { type: 'string', default: '10000' },
    kind: { type: 'string', multiple: true, default: ['pipeline', 'request', 'generators', 'web'] },
  },
});
const json = options.json === true;
const kinds = options.kind ?? [];

const PROGRAM = fileURLToPath(new URL('./short-lived-program.mjs', import.meta.url));
/** The agent as it is published. */
const REGISTER = new URL('../../agent/dist/register.js', import.meta.url).href;
const SLOT_MS = 6000;
/** A slot with its rest. */
const SLOT_SECONDS = SLOT_MS / 1000 + 0.8;
/** A rate counts as reached from here on. */
const REACHED = 0.95;

const slots = Math.max(kinds.length * 3, Math.round(Number(options.seconds) / SLOT_SECONDS));
const monitor = await startFakeMonitor({ welcome: { settings: { reportIntervalMillis: 200 } } });
const newest = { operators: 0, edges: 0, dropped: 0, agentErrors: 0 };

const bare: Slot[] = [];
const attached: Slot[] = [];
const exits = await Promise.all([run([], bare), run(['--import', REGISTER], attached)]);
await monitor.close();
if (exits.some((code) => code !== 0)) throw new Error(`A process of the soak ended with ${exits.join(' and ')}.`);

for (const kind of kinds) tell(kind);
const growth = growthOf(attached);
single('heap.growth', growth.heapMiB, 'MiB', 'attached');
single('heap.growth', growthOf(bare).heapMiB, 'MiB', 'bare');
single('operators.left', growth.operators, 'at most', 'attached');
single('handles.growth', growth.handles, 'more', 'attached');
single('dropped', newest.dropped, 'in all', 'attached');
printFigure({ name: 'environment', ...describeEnvironment(), slots, slotSeconds: SLOT_SECONDS }, json);
for (const fault of growth.faults) console.error(fault);
process.exitCode = growth.faults.length > 0 || newest.agentErrors > 0 ? 1 : 0;

async function run(attach: readonly string[], into: Slot[]): Promise<number | null> {
  const child = spawn(
    process.execPath,
    [
      ...[...attach, PROGRAM, '--streams', String(options.streams), '--kinds', kinds.join(',')],
      ...['--slot-ms', String(SLOT_MS), '--slots', String(slots)],
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH, STREAMGAUGE_LOG: 'error', STREAMGAUGE_MONITOR_URL: monitor.url },
    },
  );
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  await readSlots(child, (slot) => {
    const isAttached = attach.length > 0;
    if (isAttached) lookAtReport();
    into.push({ ...slot, operators: isAttached ? newest.operators : 0 });
    if (!json) console.log(line(isAttached ? 'attached' : 'bare', slot, isAttached));
  });
  return exit;
}

async function readSlots(child: ChildProcess, onSlot: (slot: Omit<Slot, 'operators'>) => void): Promise<void> {
  if (child.stdout === null) return;
  for await (const text of createInterface({ input: child.stdout })) onSlot(JSON.parse(text));
}

function lookAtReport(): void {
  const report = monitor.received.map(({ message }) => reportOf(message)).findLast((found) => found !== undefined);
  (monitor.received as unknown[]).length = 0;
  if (report === undefined) return;
  newest.operators = report.operators.length;
  newest.edges = report.edges.length;
  newest.dropped = Number(report.drops?.operators ?? 0);
  newest.agentErrors = Number(report.drops?.agentErrors ?? 0);
}

function line(who: string, slot: Omit<Slot, 'operators'>, isAttached: boolean): string {
  const words = [
    `${slot.slot} ${who} ${slot.kind}:`,
    `${slot.microseconds.toFixed(1)} µs of processor per unit of ${slot.streams} streams,`,
    `${Math.round(slot.streamsPerSecond)} streams/s, heap ${(slot.heapBytes / 2 ** 20).toFixed(2)} MiB,`,
    `resident ${Math.round(slot.rssBytes / 2 ** 20)} MiB, ${slot.handles} handles, ${slot.open} open`,
  ];
  if (isAttached) words.push(`, ${newest.operators} operators, ${newest.edges} edges, ${newest.dropped} dropped`);
  return words.join(' ').replace(' ,', ',');
}

function tell(kind: string): void {
  // The first slot of a kind is V8's.
  const [of, ofAttached] = [bare, attached].map((all) => all.filter((slot) => slot.kind === kind).slice(1)) as [
    Slot[],
    Slot[],
  ];
  const name = `short-lived.${kind}`;
  const micro = (all: readonly Slot[]): number[] => all.map(({ microseconds }) => microseconds);
  printFigure({ name: `${name}.unit`, ...spreadOf(micro(of)), unit: 'µs', peer: 'bare' }, json);
  printFigure({ name: `${name}.unit`, ...spreadOf(micro(ofAttached)), unit: 'µs', peer: 'attached' }, json);
  const ratios = of.map(({ microseconds }, index) => (ofAttached[index]?.microseconds ?? Number.NaN) / microseconds);
  printFigure({ name: `${name}.ratio`, ...spreadOf(ratios), unit: 'of bare', peer: 'attached' }, json);
  const reached = spreadOf(of.map(({ streamsPerSecond }) => streamsPerSecond));
  if (reached.value < Number(options.streams) * REACHED)
    printFigure({ name: `${name}.limit`, ...reached, unit: 'streams/s', peer: 'bare' }, json);
}

function single(name: string, value: number, unit: string, peer: string): void {
  printFigure({ name: `short-lived.${name}`, value, min: value, max: value, runs: 1, unit, peer }, json);
}
