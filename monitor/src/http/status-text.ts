import type { OperatorView, WorkerView } from '../progress-monitor.ts';
import { aboutOperator } from './about-operator.ts';
import type { SampleView } from './sample-view.ts';

/** One worker, for a person: what it is, how its loop does, what each operator does, what was lost. */
export function workerText(worker: WorkerView): string {
  const { loop, drops } = worker;
  const lost = Object.entries(drops).filter(([, count]) => count > 0);
  return [
    `WORKER ${worker.worker} (job ${worker.job})`,
    `  state ${worker.state}, pid ${worker.pid} on ${worker.host}, runtime ${worker.runtimeVersion}, agent ${worker.agentVersion}`,
    `  report age ${worker.reportAgeMs === null ? 'unknown: none received' : `${Math.round(worker.reportAgeMs)} ms`}`,
    loop === null
      ? '  event loop unknown'
      : `  event loop ${loop.blockedMs > 0 ? `BLOCKED for ${Math.round(loop.blockedMs)} ms` : 'turning'}, silent ${Math.round(loop.silentMs)} ms, largest delay ${Math.round(loop.delayMaxMs)} ms, running ${loop.runningOperator ?? 'no operator'}`,
    `  lost ${lost.length === 0 ? 'nothing' : lost.map(([what, count]) => `${count} ${what}`).join(', ')}`,
    `  OPERATORS (${worker.operators.length})`,
    ...worker.operators.map(operatorLine),
    '',
  ].join('\n');
}

/** The stacks of one sample, biggest group first. */
export function sampleText({ takenAt, samples, resources, holdings, missing }: SampleView): string {
  const stacks = [...samples]
    .sort((a, b) => b.count - a.count)
    .map(
      ({ kind, count, frames }) =>
        `${count} x ${kind}\n${frames.map(({ function: name, file, line, column }) => `    at ${name || '(anonymous)'} ${file === '' ? '(native)' : `${file}:${line}:${column}`}\n`).join('')}`,
    );
  return [
    `taken ${takenAt}`,
    ...(stacks.length === 0 ? ['no stacks'] : stacks),
    ...resources.map((resource) => `resource ${resource}`),
    ...holdings,
    ...missing.map((reason) => `missing ${reason}`),
    '',
  ].join('\n');
}

function operatorLine(operator: OperatorView): string {
  const { location } = operator;
  const about = aboutOperator(operator);
  const place = location === null ? '' : ` at ${location.file}:${location.line}`;
  return `  ${operator.name.padEnd(24)} ${operator.verdict.padEnd(14)} ${operator.state.padEnd(14)} in ${operator.recordsIn} ${operator.unit}, in flight ${operator.inFlight}, marker age ${Math.round(operator.markerAgeMs)} ms, last progress ${Math.round(operator.progressAgeMs)} ms ago${about === '' ? '' : `, ${about}`}${place}`;
}
