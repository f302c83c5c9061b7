import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Position, type Report, type WorkerMessage } from '@streamgauge/proto';
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

/** A process that holds some shapes, and what the agent tells of it. */
export interface HeldShapes {
  /** The graph of the shape, which is the next one, once everything expected is there or the time is over. */
  lookAtNext(shape: Shape, withinMs: number): Promise<FoundGraph>;
  end(): Promise<void>;
}

/** Runs a shape held under a Node.js binary with the agent, and looks at its graph until everything expected is there. */
export async function lookAtShape(node: string, name: string, shape: Shape, withinMs: number): Promise<FoundGraph> {
  const held = await holdShapes(node, [name]);
  try {
    return await held.lookAtNext(shape, withinMs);
  } finally {
    await held.end();
  }
}

/** The same for several, one after the other and each beside those before it: to start a process takes longer than to look. */
export async function holdShapes(node: string, names: readonly string[]): Promise<HeldShapes> {
  const monitor = await startFakeMonitor({
    welcome: { settings: { reportIntervalMillis: 100, markerIntervalMillis: 100 } },
  });
  const child = spawn(node, ['--import', REGISTER, PROGRAM, names.join(), 'hold'], {
    env: { PATH: process.env.PATH, STREAMGAUGE_MONITOR_URL: monitor.url, STREAMGAUGE_LOG: 'error' },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  let looked = 0;
  let lastId = 0;
  return {
    async lookAtNext(shape, withinMs) {
      if (looked++ > 0) child.stdin.write('\n');
      const before = lastId;
      let newest = compare(shape, undefined, before);
      const isComplete = (message: WorkerMessage): boolean => {
        const report = reportOf(message);
        if (report === undefined) return false;
        lastId = Math.max(lastId, ...report.operators.map(({ id }) => id));
        newest = compare(shape, report, before);
        return newest.missing.length === 0;
      };
      // Too late is what the result says.
      await monitor.waitFor(isComplete, withinMs).catch(() => undefined);
      return newest;
    },
    async end() {
      child.kill('SIGKILL');
      await monitor.close();
    },
  };
}

/** @param before The last operator of the shapes before this one, which are none of it. */
function compare(shape: Shape, report: Report | undefined, before: number): FoundGraph {
  const own = (report?.operators ?? []).filter(({ id }) => id > before);
  // Who finds a name taken by an operator of an earlier shape has a number behind it.
  const names = new Map(own.map(({ id, name }) => [id, before > 0 ? name.replace(/ #\d+$/, '') : name]));
  const edges = (report?.edges ?? [])
    .filter(({ sourceId, targetId }) => names.has(sourceId) && names.has(targetId))
    .map(({ sourceId, targetId, position }) => ({
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
