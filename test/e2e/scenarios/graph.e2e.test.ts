import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { GraphView } from '@streamgauge/monitor';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { startCli } from '../harness/cli.ts';
import { startTestMonitor } from '../harness/monitor.ts';
import { program } from '../harness/paths.ts';

/** The edges of a graph by name, such as "ReadStream > Gunzip". */
function edgesOf(graph: GraphView): string[] {
  const names = new Map(graph.operators.map(({ id, name }) => [id, name]));
  return graph.edges.map(({ source, target }) => `${names.get(source)} > ${names.get(target)}`);
}

/** Runs a program that knows nothing of streamgauge through the command line and gives its graph once it matches. */
async function graphOf(
  name: string,
  programArguments: string[],
  matches: (edges: string[]) => boolean,
): Promise<GraphView> {
  const monitor = await startTestMonitor();
  const cli = startCli(
    ['run', '--job', 'j', '--monitor', monitor.url, '--', process.execPath, program(name), ...programArguments],
    {
      stdin: 'pipe',
    },
  );
  const graph = await monitor.waitForGraph('j', (seen) => matches(edgesOf(seen)), 15_000);
  expect(await monitor.incidents()).toEqual([]);
  cli.child.stdin?.end();
  cli.kill('SIGTERM');
  return graph;
}

const kindsOf = (graph: GraphView) => Object.fromEntries(graph.operators.map(({ name, kind }) => [name, kind]));

describe('programs that know nothing of streamgauge', () => {
  it('csv-parse, stream-transform and a file form one line', async () => {
    const folder = temporaryFolder();
    const graph = await graphOf('graph-csv.mjs', [join(folder, 'out.jsonl')], (edges) => edges.length >= 3);
    const [first] = edgesOf(graph);
    const source = first?.split(' > ')[0] ?? '';
    expect(edgesOf(graph)).toEqual([`${source} > Parser`, 'Parser > Transformer', 'Transformer > WriteStream']);
    expect(source).toMatch(/^Readable|orders/);
    expect(kindsOf(graph)).toMatchObject({ Parser: 'transform', Transformer: 'transform', WriteStream: 'sink' });
    expect(graph.operators).toHaveLength(4);
    expect(graph.operators.find(({ name }) => name === 'Parser')?.recordsIn).toBeGreaterThan(0);
  });

  it.each(['for-await', 'listener'])('gzip, readline and a Writable form one line (%s)', async (consumer) => {
    const folder = temporaryFolder();
    const file = join(folder, 'lines.gz');
    writeFileSync(file, gzipSync(Array.from({ length: 20_000 }, (_, n) => `line ${n}`).join('\n')));
    const graph = await graphOf('graph-readline.mjs', [file, consumer], (edges) => edges.length >= 3);
    expect(edgesOf(graph)).toEqual(['ReadStream > Gunzip', 'Gunzip > Interface', 'Interface > LineIndex']);
    expect(kindsOf(graph)).toMatchObject({ ReadStream: 'source', Gunzip: 'transform', LineIndex: 'sink' });
    expect(graph.operators).toHaveLength(4);
  });

  it('a composed chain shows its inner streams in their places', async () => {
    const graph = await graphOf('graph-compose.mjs', [], (edges) => edges.length >= 3);
    expect(edgesOf(graph)).toEqual(expect.arrayContaining(['Ticks > Clean', 'Clean > Score', 'Score > Ledger']));
    expect(graph.edges).toHaveLength(3);
    expect(graph.operators.map(({ name }) => name).sort()).toEqual(['Clean', 'Ledger', 'Score', 'Ticks']);
  });
});
