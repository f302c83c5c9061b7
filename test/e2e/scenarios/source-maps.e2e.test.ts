import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { whenFinished } from '../../support/test-end.ts';
import { startTestMonitor } from '../harness/monitor.ts';
import { ROOT } from '../harness/paths.ts';
import { startWorker } from '../harness/worker.ts';

const PROGRAM = `import { Readable, Transform, Writable } from 'node:stream';

interface Order {
  readonly index: number;
}

type Answer = Promise<string>;

const waiting: (() => void)[] = [];

async function lookUp(order: Order): Answer {
  if (order.index === 20) await new Promise<void>((settle) => void waiting.push(settle));
  return String(order.index);
}

class Enrich extends Transform {
  public constructor() {
    super({ objectMode: true });
  }

  public override async _transform(order: Order, _: string, done: (error: null, text: string) => void): Promise<void> {
    done(null, await lookUp(order));
  }
}

let index = 0;
const orders = new Readable({
  objectMode: true,
  read() {
    setTimeout(() => this.push({ index: index++ }), 5);
  },
});
const sink = new Writable({ objectMode: true, write: (_chunk: unknown, _encoding: string, done: () => void) => done() });
orders.pipe(new Enrich()).pipe(sink);
setInterval(() => {}, 1000);
`;
const lineOf = (text: string): number => (PROGRAM.split(text)[0] as string).split('\n').length;

it('a program made by tsc is named by its source, in the incident and in the graph', async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'streamgauge-maps-')));
  whenFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'src/orders.ts'), PROGRAM);
  const options = ['--outDir', 'dist', '--sourceMap', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
  const types = ['--typeRoots', join(ROOT, 'node_modules/@types'), '--skipLibCheck'];
  execFileSync(join(ROOT, 'node_modules/.bin/tsc'), [...options, ...types, 'src/orders.ts'], { cwd: folder });

  const monitor = await startTestMonitor();
  startWorker({ program: join(folder, 'dist/orders.js'), monitorUrl: monitor.workerUrl, job: 'orders', worker: 'w1' });
  const { evidence } = await monitor.waitForVerdict(() => true, 20_000);
  const source = join(folder, 'src/orders.ts');
  expect(evidence.location).toMatchObject({ function: 'lookUp', file: source, line: lineOf('await new Promise') });
  const frames = evidence.samples.flatMap((sample) => sample.frames).filter(({ origin }) => origin === 'user');
  expect(frames.map(({ line }) => line)).toContain(lineOf('done(null, await'));
  expect([...new Set(frames.map(({ file }) => file))]).toEqual([source]);
  const isEnrich = ({ name }: { readonly name: string }): boolean => name === 'Enrich';
  // The place of an operator comes with a report of its own.
  const { operators } = await monitor.waitForGraph(
    'orders',
    (graph) => graph.operators.some((operator) => isEnrich(operator) && operator.location !== null),
    5000,
  );
  expect(operators.find(isEnrich)?.location).toMatchObject({
    file: source,
    line: lineOf('public override async _transform'),
  });
});
