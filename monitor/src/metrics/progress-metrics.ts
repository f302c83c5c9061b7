import type { Attributes, BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import type { OperatorView, ProgressMonitor, WorkerView } from '../progress-monitor.ts';
import { type InstrumentName, instruments } from './instruments.ts';
import { RunningTotal } from './running-total.ts';

const timeStates = ['busy', 'idle', 'backpressured', 'paused'] as const;

/** Registers the instruments that are read off the model whenever metrics are collected. */
export function observeProgress(
  meter: Meter,
  progress: Pick<ProgressMonitor, 'workers' | 'graph' | 'jobs' | 'openIncidents'>,
  perWorker: boolean,
): void {
  const counter = (name: InstrumentName): Observable => meter.createObservableCounter(name, instruments[name]);
  const gauge = (name: InstrumentName): Observable => meter.createObservableGauge(name, instruments[name]);
  const recordsIn = counter('streamgauge.operator.records.in');
  const recordsOut = counter('streamgauge.operator.records.out');
  const time = counter('streamgauge.operator.time');
  const inFlight = gauge('streamgauge.operator.in_flight');
  const markerAge = gauge('streamgauge.operator.marker.age');
  const fill = gauge('streamgauge.edge.fill');
  const connected = gauge('streamgauge.worker.connected');
  const reportAge = gauge('streamgauge.worker.report.age');
  const open = gauge('streamgauge.incident.open');
  const totals = new RunningTotal();

  const observeOperator = (round: Round, worker: WorkerView, operator: OperatorView): void => {
    const attributes: Attributes = { job: worker.job, operator: operator.name, unit: operator.unit };
    if (perWorker) attributes.worker = worker.worker;
    const part = `${worker.worker}\0${worker.session}\0${operator.id}`;
    round.total(recordsIn, attributes, part, operator.recordsIn);
    if (operator.recordsOut !== null) round.total(recordsOut, attributes, part, operator.recordsOut);
    for (const state of timeStates) round.total(time, { ...attributes, state }, part, operator.timeSeconds[state]);
    round.sum(inFlight, attributes, operator.inFlight);
    round.largest(markerAge, attributes, operator.markerAgeMs / 1000);
  };

  meter.addBatchObservableCallback(
    (result) => {
      totals.begin();
      const round = new Round(totals);
      for (const worker of progress.workers()) {
        const attributes: Attributes = perWorker ? { job: worker.job, worker: worker.worker } : { job: worker.job };
        round.sum(connected, attributes, worker.state === 'connected' ? 1 : 0);
        if (worker.state !== 'connected') continue;
        if (worker.reportAgeMs !== null) round.largest(reportAge, attributes, worker.reportAgeMs / 1000);
        for (const operator of worker.operators) observeOperator(round, worker, operator);
      }
      for (const { job } of progress.jobs()) observeEdges(round, fill, progress, job, perWorker);
      for (const { type, mechanism, category } of progress.openIncidents({}))
        round.sum(open, { type, mechanism, category }, 1);
      round.observe(result);
      totals.end();
    },
    [recordsIn, recordsOut, time, inFlight, markerAge, fill, connected, reportAge, open],
  );
}

function observeEdges(
  round: Round,
  fill: Observable,
  progress: Pick<ProgressMonitor, 'graph'>,
  job: string,
  perWorker: boolean,
): void {
  const graph = progress.graph(job);
  if (graph === undefined) return;
  const names = new Map(graph.operators.map((operator) => [operator.id, operator.name]));
  for (const edge of graph.edges) {
    if (edge.fill === null) continue;
    const attributes: Attributes = { job, source: names.get(edge.source) ?? '', target: names.get(edge.target) ?? '' };
    if (perWorker) attributes.worker = edge.worker;
    round.largest(fill, attributes, edge.fill);
  }
}

/** One collection: joins the numbers of all workers that fall into the same series before they are told. */
class Round {
  readonly #series = new Map<string, { instrument: Observable; attributes: Attributes; value: number }>();
  readonly #totals: RunningTotal;
  readonly #instrumentIds = new Map<Observable, number>();

  constructor(totals: RunningTotal) {
    this.#totals = totals;
  }

  total(instrument: Observable, attributes: Attributes, part: string, value: number): void {
    const key = this.#key(instrument, attributes);
    const total = this.#totals.add(key, `${key}\0${part}`, value);
    this.#series.set(key, { instrument, attributes, value: total });
  }

  sum(instrument: Observable, attributes: Attributes, value: number): void {
    this.#join(instrument, attributes, value, (a, b) => a + b);
  }

  largest(instrument: Observable, attributes: Attributes, value: number): void {
    this.#join(instrument, attributes, value, Math.max);
  }

  observe(result: BatchObservableResult): void {
    for (const { instrument, attributes, value } of this.#series.values())
      result.observe(instrument, value, attributes);
  }

  #join(instrument: Observable, attributes: Attributes, value: number, join: (a: number, b: number) => number): void {
    const key = this.#key(instrument, attributes);
    const known = this.#series.get(key);
    if (known === undefined) this.#series.set(key, { instrument, attributes, value });
    else known.value = join(known.value, value);
  }

  #key(instrument: Observable, attributes: Attributes): string {
    let id = this.#instrumentIds.get(instrument);
    if (id === undefined) {
      id = this.#instrumentIds.size;
      this.#instrumentIds.set(instrument, id);
    }
    return JSON.stringify([id, attributes]);
  }
}
