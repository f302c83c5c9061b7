import type { Incident } from '../incident/incident.ts';
import type { GraphView, JobView, OperatorView, ProgressMonitor, WorkerView } from '../progress-monitor.ts';
import { Html, html, page } from './html.ts';

/** The page at `/`: what stands still, and what every operator does now. */
export function overviewPage(progress: ProgressMonitor, recent: readonly Incident[], at: string): string {
  const jobs = progress.jobs();
  const open = progress.openIncidents({});
  return page(
    'streamgauge',
    html`<h1>streamgauge</h1><p class="quiet">as of ${at}</p>
<h2>Standing still: ${open.length}</h2>${open.length === 0 ? html`<p class="ok">Everything moves.</p>` : open.map(incidentBlock)}
${jobs.map((job) => jobBlock(job, progress.graph(job.job)))}
<h2>Workers</h2>${workerTable(progress.workers())}
<h2>Lately</h2>${recentTable(recent)}`,
  );
}

function incidentBlock(incident: Incident): Html {
  const { location, samples } = incident.evidence;
  const [sample] = samples;
  const stack = sample?.frames
    .map(({ function: name, file, line }) => `${name || '(anonymous)'}  ${file}:${line}`)
    .join('\n');
  return html`<section><p class="open">${incident.type} · ${incident.category} · ${incident.mechanism}</p>
<p>${incident.summary}</p>
${location === null ? new Html('') : html`<p>at <b>${location.file}:${location.line}</b> ${location.function}</p>`}
${stack === undefined ? new Html('') : html`<pre>${stack}</pre>`}
<p class="quiet">${incident.help}</p></section>`;
}

function jobBlock({ job, state, reportAgeMs }: JobView, graph: GraphView | undefined): Html {
  const operators = graph?.operators ?? [];
  return html`<h2>${job} <span class="quiet">${state}, reports ${age(reportAgeMs)} old</span></h2>
<table><tr><th>operator</th><th>worker</th><th>verdict</th><th>state</th><th class="number">in</th><th class="number">in flight</th><th class="number">busy</th><th class="number">backpressured</th><th class="number">marker age</th><th class="number">last progress</th></tr>
${operators.map(operatorRow)}</table>`;
}

function operatorRow(operator: OperatorView): Html {
  const { ratios } = operator;
  return html`<tr><td>${operator.name}</td><td>${operator.worker}</td><td class="${operator.verdict}">${operator.verdict}</td><td>${operator.state}</td>
<td class="number">${operator.recordsIn} ${operator.unit}</td><td class="number">${operator.inFlight}</td>
<td class="number">${percent(ratios?.busy)}</td><td class="number">${percent(ratios?.backpressured)}</td>
<td class="number">${age(operator.markerAgeMs)}</td><td class="number">${age(operator.progressAgeMs)} ago</td></tr>
`;
}

function workerTable(workers: readonly WorkerView[]): Html {
  return html`<table><tr><th>worker</th><th>job</th><th>state</th><th>process</th><th>runtime</th><th class="number">report age</th></tr>${workers.map(
    (worker) =>
      html`<tr><td>${worker.worker}</td><td>${worker.job}</td><td>${worker.state}</td><td>${worker.pid} on ${worker.host}</td><td>${worker.runtimeVersion}</td><td class="number">${age(worker.reportAgeMs)}</td></tr>`,
  )}</table>`;
}

function recentTable(incidents: readonly Incident[]): Html {
  if (incidents.length === 0) return html`<p class="quiet">Nothing has stood still.</p>`;
  return html`<table><tr><th>opened</th><th>state</th><th>cause</th><th>what</th></tr>${incidents.map(
    (incident) =>
      html`<tr><td>${incident.openedAt}</td><td class="${incident.state}">${incident.state}</td><td>${incident.category} · ${incident.mechanism}</td><td>${incident.summary}</td></tr>`,
  )}</table>`;
}

function age(milliseconds: number | null): string {
  if (milliseconds === null) return 'unknown';
  return milliseconds < 60_000 ? `${(milliseconds / 1000).toFixed(1)} s` : `${Math.floor(milliseconds / 60_000)} min`;
}

function percent(share: number | undefined): string {
  return share === undefined ? '' : `${Math.round(share * 100)} %`;
}
