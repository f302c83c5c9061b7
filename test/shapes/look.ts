import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Position, type Report } from '@streamgauge/proto';
import { reportOf, startFakeMonitor } from '../e2e/agent/fake-monitor.ts';
import type { Shape } from './catalogue.mjs';

const PROGRAM = fileURLToPath(new URL('./shape-program.mjs', import.meta.url));
/** The agent as it is published. */
export const REGISTER: string = new URL('../../agent/dist/register.js', import.meta.url).href;

/** What the agent has found of a shape. */
export interface FoundGraph {
  /** Such as "Numbers > Parse", each with whether markers cross it. */
  readonly edges: readonly { readonly name: string; readonly carries: boolean }[];
  readonly operators: readonly string[];
  /** Expected edges and operators that were not found. */
  readonly missing: readonly string[];
}

/** Runs a shape held under a Node.js binary with the agent, and looks at its graph until everything expected is there. */
export async function lookAtShape(node: string, name: string, shape: Shape, withinMs: number): Promise<FoundGraph> {
  const monitor = await startFakeMonitor({
    welcome: { settings: { reportIntervalMillis: 100, markerIntervalMillis: 100 } },
  });
  const child = spawn(node, ['--import', REGISTER, PROGRAM, name, 'hold'], {
    env: { PATH: process.env.PATH, STREAMGAUGE_MONITOR_URL: monitor.url, STREAMGAUGE_LOG: 'error' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let newest = compare(shape, undefined);
  try {
    await monitor.waitFor((message) => {
      const report = reportOf(message);
      if (report === undefined) return false;
      newest = compare(shape, report);
      return newest.missing.length === 0;
    }, withinMs);
    return newest;
  } catch {
    return newest;
  } finally {
    child.kill('SIGKILL');
    await monitor.close();
  }
}

function compare(shape: Shape, report: Report | undefined): FoundGraph {
  const names = new Map(report?.operators.map(({ id, name }) => [id, name]));
  const edges = (report?.edges ?? []).map(({ sourceId, targetId, position }) => ({
    name: `${names.get(sourceId)} > ${names.get(targetId)}`,
    carries: position !== Position.NONE,
  }));
  const left = edges.map(({ name }) => name);
  const missing = shape.edges.filter((pattern) => {
    const index = left.findIndex((edge) => new RegExp(`^${pattern}$`).test(edge));
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
  const operators = [...names.values()];
  const absent = (shape.operators ?? []).filter((name) => !operators.includes(name));
  return { edges, operators, missing: [...missing, ...absent] };
}
