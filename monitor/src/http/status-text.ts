import type { OperatorView, WorkerView } from '../progress-monitor.ts';
import { aboutOperator } from './about-operator.ts';
import type { SampleView } from './sample-view.ts';
import { bytesText } from './section-text.ts';

/** One worker in one line. */
export function workerLine(view: WorkerView): string {
  const { worker, state, reportAgeMs, loop, drops, operators } = view;
  const age = reportAgeMs === null ? 'no report yet' : `report ${Math.round(reportAgeMs)} ms old`;
  const blocked = loop !== null && loop.blockedMs > 0 ? `, loop BLOCKED for ${Math.round(loop.blockedMs)} ms` : '';
  const stalled = operators.filter(({ verdict }) => verdict === 'stalled').length;
  const standing = stalled === 0 ? '' : `, ${stalled} STALLED`;
  return `WORKER ${worker} (${jobText(view)}) ${state}, ${age}${blocked}, ${operators.length} operators${standing}, lost ${lostText(drops)}`;
}

/** How full its heap is, in one line, as its reports tell it. */
export function heapLine({ worker, job, loop }: WorkerView): string {
  const { heapUsedBytes = 0, heapLimitBytes = 0 } = loop ?? {};
  if (heapUsedBytes === 0) return `WORKER ${worker} (job ${job}) heap unknown`;
  const limit = heapLimitBytes === 0 ? 'of an unknown limit' : `of at most ${bytesText(heapLimitBytes)}`;
  return `WORKER ${worker} (job ${job}) heap ${bytesText(heapUsedBytes)} ${limit}`;
}

function lostText(drops: WorkerView['drops']): string {
  const lost = Object.entries(drops).filter(([, count]) => count > 0);
  return lost.length === 0 ? 'nothing' : lost.map(([what, count]) => `${count} ${what}`).join(', ');
}

/** One worker, for a person: what it is, how its loop does, what each operator does, what was lost. */
export function workerText(worker: WorkerView): string {
  // Snapshots of earlier versions have no tasks.
  const { loop, drops, tasks = [], capacity = null } = worker;
  const room = capacity === null ? '' : `, ${capacity.free} of ${capacity.slots} slots free`;
  return [
    `WORKER ${worker.worker} (${jobText(worker)})`,
    `  state ${worker.state}, pid ${worker.pid} on ${worker.host}, runtime ${worker.runtimeVersion}, agent ${worker.agentVersion}`,
    `  report age ${worker.reportAgeMs === null ? 'unknown: none received' : `${Math.round(worker.reportAgeMs)} ms`}`,
    loop === null
      ? '  event loop unknown'
      : `  event loop ${loop.blockedMs > 0 ? `BLOCKED for ${Math.round(loop.blockedMs)} ms` : 'turning'}, silent ${Math.round(loop.silentMs)} ms, largest delay ${Math.round(loop.delayMaxMs)} ms, running ${loop.runningOperator ?? 'no operator'}`,
    `  lost ${lostText(drops)}`,
    `  OPERATORS (${worker.operators.length})`,
    ...worker.operators.map((operator) => operatorLine(operator, worker.job)),
    ...(tasks.length === 0 ? [] : [`  TASKS (${tasks.length}${room})`]),
    ...tasks.map(
      ({ task, job, state, since, message }) =>
        `    ${task} (job ${job}) ${state} since ${since}${message === '' ? '' : `: ${message}`}`,
    ),
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

/** Its own job, and the others that it runs parts of; snapshots of earlier versions know of none. */
function jobText({ job, jobs = [job] }: Pick<WorkerView, 'job'> & Partial<Pick<WorkerView, 'jobs'>>): string {
  const others = jobs.filter((other) => other !== job);
  return others.length === 0 ? `job ${job}` : `job ${job}, also ${others.join(', ')}`;
}

function operatorLine(operator: OperatorView, ownJob: string): string {
  const { location, job = ownJob } = operator;
  const about = aboutOperator(operator);
  const place = location === null ? '' : ` at ${location.file}:${location.line}`;
  return `  ${operator.name.padEnd(24)} ${operator.verdict.padEnd(14)} ${operator.state.padEnd(14)} in ${operator.recordsIn} ${operator.unit}, in flight ${operator.inFlight}, marker age ${Math.round(operator.markerAgeMs)} ms, last progress ${Math.round(operator.progressAgeMs)} ms ago${about === '' ? '' : `, ${about}`}${job === ownJob ? '' : `, of job ${job}`}${place}`;
}
