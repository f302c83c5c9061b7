import type { BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import type { OperatorView, ProgressMonitor, WorkerView } from '../progress-monitor.ts';
import { Turns } from '../turns.ts';
import { CollectionRound, seriesOf } from './collection-round.ts';
import { edgeInstruments, observeChannels, observeEdges } from './edge-metrics.ts';
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
  const pending = gauge('streamgauge.operator.pending');
  const oldestAge = gauge('streamgauge.operator.oldest.age');
  const failures = counter('streamgauge.operator.failures');
  const edges = edgeInstruments(gauge);
  const connected = gauge('streamgauge.worker.connected');
  const reportAge = gauge('streamgauge.worker.report.age');
  const open = gauge('streamgauge.incident.open');
  const totals = new RunningTotal();

  const observeOperator = (round: CollectionRound, worker: WorkerView, operator: OperatorView): void => {
    const { job, name, unit } = operator;
    const attributes = { job, operator: name, unit, ...(perWorker && { worker: worker.worker }) };
    const series = seriesOf(attributes);
    const part = `${worker.worker}\0${worker.session}\0${operator.id}`;
    round.total(recordsIn, series, part, operator.recordsIn);
    if (operator.recordsOut !== null) round.total(recordsOut, series, part, operator.recordsOut);
    for (const state of timeStates)
      round.total(time, seriesOf({ ...attributes, state }), part, operator.timeSeconds[state]);
    round.sum(inFlight, series, operator.inFlight);
    round.largest(markerAge, series, operator.markerAgeMs / 1000);
    // Most operators have none of these.
    if (operator.pending !== null) round.sum(pending, series, operator.pending);
    if (operator.oldest !== null) round.largest(oldestAge, series, operator.oldest.ageMs / 1000);
    if (operator.failures > 0) round.total(failures, series, part, operator.failures);
  };

  const observeWorker = (round: CollectionRound, worker: WorkerView): void => {
    const series = seriesOf({ job: worker.job, ...(perWorker && { worker: worker.worker }) });
    round.sum(connected, series, worker.state === 'connected' ? 1 : 0);
    if (worker.state !== 'connected') return;
    if (worker.reportAgeMs !== null) round.largest(reportAge, series, worker.reportAgeMs / 1000);
    for (const operator of worker.operators) observeOperator(round, worker, operator);
  };

  const collect = async (result: BatchObservableResult): Promise<void> => {
    const round = new CollectionRound(totals);
    const names = new Map<string, string>();
    const turns = new Turns();
    for (const worker of progress.workers()) {
      observeWorker(round, worker);
      for (const { id, name } of worker.operators) names.set(id, name);
      await turns.pause();
    }
    for (const { job } of progress.jobs()) {
      const graph = progress.graph(job);
      if (graph === undefined) continue;
      for (const part of graph.parts()) {
        observeEdges(round, edges, job, part.edges, names, perWorker);
        await turns.pause();
      }
      observeChannels(round, edges, job, graph.channels);
    }
    for (const { type, mechanism, category } of progress.openIncidents({}))
      round.sum(open, seriesOf({ type, mechanism, category }), 1);
    round.observe(result);
  };

  // Several exporters may ask at once, and what each has seen last belongs to one round.
  let earlier: Promise<void> = Promise.resolve();
  meter.addBatchObservableCallback(
    (result) => {
      const turn = earlier.then(() => collect(result)).finally(() => totals.end());
      earlier = turn.catch(() => {});
      return turn;
    },
    [
      recordsIn,
      recordsOut,
      time,
      inFlight,
      markerAge,
      pending,
      oldestAge,
      failures,
      ...Object.values(edges),
      connected,
      reportAge,
      open,
    ],
  );
}
