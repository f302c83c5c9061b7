import { describe, expect, test } from 'vitest';
import { nodeBinary, pathOrSkip } from '../../support/peers.ts';
import { startBuiltCli } from '../harness/cli.ts';
import { startTestMonitor } from '../harness/monitor.ts';
import { program } from '../harness/paths.ts';

/** Fetching another Node.js may take three minutes the first time; the rest is for the test itself. */
const FETCH_MS = 240_000;

describe('the built command line on an older Node.js', { timeout: FETCH_MS }, () => {
  test.for([20, 22] as const)('attaches the agent to a program on Node.js %i', async (major, context) => {
    const node = pathOrSkip(await nodeBinary(major), context);
    const monitor = await startTestMonitor();
    const settings = ['--job', 'old', '--worker', 'w', '--monitor', monitor.url];
    const cli = startBuiltCli(node, ['run', ...settings, '--', node, program('graph-compose.mjs')], { stdin: 'pipe' });
    const graph = await monitor.waitForGraph('old', ({ edges }) => edges.length >= 3, 15_000);
    expect(new Set(graph.operators.map(({ worker }) => worker))).toEqual(new Set(['w']));
    cli.child.stdin?.end();
    expect(await cli.ended).toEqual({ code: 0, signal: null });
  });

  test.for(['monitor', 'demo'])('refuses %s on Node.js 20 in one sentence', async (command, context) => {
    const node = pathOrSkip(await nodeBinary(20), context);
    const cli = startBuiltCli(node, [command]);
    expect(await cli.ended).toEqual({ code: 2, signal: null });
    expect(cli.stdout()).toBe('');
    expect(cli.stderr()).toMatch(/^streamgauge: streamgauge \w+ needs Node\.js 24 or later; this is v20\.[^\n]*\n$/);
  });
});
