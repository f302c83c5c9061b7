/**
 * Every shape of dataflow on every Node.js: which edges are found, how markers are placed on them, and what a record costs.
 *
 * For the cost, bare and attached processes run alternately, and the figure is the processor time of the whole process (all
 * threads) per record. The fastest bare run is compared with the fastest attached one: whatever else the machine does only makes
 * a run slower. The monitor is absent. Shapes without a wanted figure are measured with --all.
 *
 * usage: node shapes.ts [--json] [--rounds N] [--scale FACTOR] [--shape NAME]... [--node MAJOR]... [--no-cost] [--all] [--write]
 * --write puts the table into docs/shapes.md.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SHAPES, type Shape } from '../shapes/catalogue.mjs';
import { type FoundGraph, lookAtShape, REGISTER } from '../shapes/look.ts';
import { nodeBinary, type OTHER_NODE_VERSIONS } from '../support/peers.ts';
import { describeEnvironment, printFigure, type Spread, spreadOf } from './figures.ts';
import { type ShapeRow, writeShapeTable } from './shape-table.ts';

const { values: options } = parseArgs({
  allowNegative: true,
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '7' },
    scale: { type: 'string', default: '1' },
    shape: { type: 'string', multiple: true },
    node: { type: 'string', multiple: true },
    cost: { type: 'boolean', default: true },
    all: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

const PROGRAM = fileURLToPath(new URL('../shapes/shape-program.mjs', import.meta.url));
const PINNED = Number.parseInt(process.versions.node, 10);
const json = options.json === true;

const majors = (options.node ?? [20, 22, 24, 26]).map(Number);
const names = options.shape ?? Object.keys(SHAPES);
const rows: ShapeRow[] = [];
for (const name of names) {
  const shape = SHAPES[name];
  if (shape === undefined) throw new Error(`There is no shape ${name}; there are ${Object.keys(SHAPES).join(', ')}.`);
  for (const major of majors) {
    const node = await binaryOf(major);
    if (node === undefined) continue;
    const graph = await lookAtShape(node, name, shape, 8000);
    const measured = options.all === true || shape.wanted !== undefined || shape.wantedNano !== undefined;
    const cost =
      options.cost === true && measured && shape.records !== undefined ? compare(node, name, shape.records) : undefined;
    rows.push({ name, major, shape, graph, cost });
    tell(name, major, shape, graph, cost);
  }
}
printFigure({ name: 'environment', ...describeEnvironment(), rounds: Number(options.rounds) }, json);
if (options.write === true) writeShapeTable(rows, describeEnvironment(), Number(options.rounds));

async function binaryOf(major: number): Promise<string | undefined> {
  if (major === PINNED) return process.execPath;
  const { path, reason } = await nodeBinary(major as keyof typeof OTHER_NODE_VERSIONS);
  if (path === undefined) console.error(`Node.js ${major} is left out: ${reason}`);
  return path;
}

function measure(node: string, name: string, records: number, attached: boolean): number {
  const attach = attached ? ['--import', REGISTER] : [];
  const scaled = String(Math.round(records * Number(options.scale)));
  const child = spawnSync(node, [...attach, PROGRAM, name, 'cost', scaled], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, STREAMGAUGE_LOG: 'off', STREAMGAUGE_MONITOR_URL: 'ws://127.0.0.1:9' },
  });
  const nanoseconds = Number(child.stdout);
  if (child.status !== 0 || !(nanoseconds > 0)) {
    throw new Error(`The shape ${name} failed under ${node} (exit code ${child.status}): ${child.stderr}`);
  }
  return nanoseconds;
}

function compare(node: string, name: string, records: number): { readonly ratio: Spread; readonly nano: Spread } {
  const bare: number[] = [];
  const attached: number[] = [];
  for (let round = 0; round < Number(options.rounds); round++) {
    // Whoever comes second finds a warmer or a hotter machine: they take turns.
    const order = round % 2 === 0 ? [false, true] : [true, false];
    for (const withAgent of order) (withAgent ? attached : bare).push(measure(node, name, records, withAgent));
  }
  const [fastest, fastestAttached] = [Math.min(...bare), Math.min(...attached)];
  return {
    ratio: {
      ...spreadOf(bare.map((nanoseconds, round) => nanoseconds / (attached[round] as number))),
      value: fastest / fastestAttached,
    },
    nano: {
      ...spreadOf(bare.map((nanoseconds, round) => (attached[round] as number) - nanoseconds)),
      value: fastestAttached - fastest,
    },
  };
}

function tell(
  name: string,
  major: number,
  shape: Shape,
  graph: FoundGraph,
  cost: { readonly ratio: Spread; readonly nano: Spread } | undefined,
): void {
  const wanted = shape.edges.length + (shape.operators?.length ?? 0);
  const peer = `node ${major}`;
  const found = { value: wanted - graph.missing.length, min: 0, max: wanted, runs: 1 };
  printFigure({ name: `shape.${name}.found`, ...found, unit: `of ${wanted}`, peer }, json);
  if (cost === undefined) return;
  printFigure({ name: `shape.${name}.ratio`, ...cost.ratio, unit: 'ratio', peer }, json);
  printFigure({ name: `shape.${name}.record`, ...cost.nano, unit: 'ns', peer }, json);
}
