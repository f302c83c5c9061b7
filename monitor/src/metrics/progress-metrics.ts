import type { Attributes, Meter, Observable } from '@opentelemetry/api';
import type { OperatorView, ProgressMonitor, WorkerView } from '../progress-monitor.ts';
import { CollectionRound } from './collection-round.ts';
import { edgeInstruments, observeEdges } from './edge-metrics.ts';
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
    const attributes: Attributes = { job: operator.job, operator: operator.name, unit: operator.unit };
    if (perWorker) attributes.worker = worker.worker;
    const part = `${worker.worker}\0${worker.session}\0${operator.id}`;
    round.total(recordsIn, attributes, part, operator.recordsIn);
    if (operator.recordsOut !== null) round.total(recordsOut, attributes, part, operator.recordsOut);
    for (const state of timeStates) round.total(time, { ...attributes, state }, part, operator.timeSeconds[state]);
    round.sum(inFlight, attributes, operator.inFlight);
    round.largest(markerAge, attributes, operator.markerAgeMs / 1000);
    // Most operators have none of these.
    if (operator.pending !== null) round.sum(pending, attributes, operator.pending);
    if (operator.oldest !== null) round.largest(oldestAge, attributes, operator.oldest.ageMs / 1000);
    if (operator.failures > 0) round.total(failures, attributes, part, operator.failures);
  };

  meter.addBatchObservableCallback(
    (result) => {
      totals.begin();
      const round = new CollectionRound(totals);
      for (const worker of progress.workers()) {
        const attributes: Attributes = perWorker ? { job: worker.job, worker: worker.worker } : { job: worker.job };
        round.sum(connected, attributes, worker.state === 'connected' ? 1 : 0);
        if (worker.state !== 'connected') continue;
        if (worker.reportAgeMs !== null) round.largest(reportAge, attributes, worker.reportAgeMs / 1000);
        for (const operator of worker.operators) observeOperator(round, worker, operator);
      }
      for (const { job } of progress.jobs()) {
        const graph = progress.graph(job);
        if (graph !== undefined) observeEdges(round, edges, graph, perWorker);
      }
      for (const { type, mechanism, category } of progress.openIncidents({}))
        round.sum(open, { type, mechanism, category }, 1);
      round.observe(result);
      totals.end();
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
