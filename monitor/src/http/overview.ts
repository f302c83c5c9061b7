import type { Incident } from '../incident/incident.ts';
import type {
  ChannelView,
  EdgeView,
  GraphInParts,
  GraphView,
  JobView,
  OperatorView,
  WorkerView,
} from '../progress-monitor.ts';
import { Turns } from '../turns.ts';
import { aboutOperator } from './about-operator.ts';
import { holdingLines } from './holding-text.ts';
import { Html, html, page } from './html.ts';
import type { Lists } from './visible.ts';

/** Channels the page shows of one job; the graph of the interface has them all. */
const maxChannelRows = 200;
/** Operators of all jobs that the page shows: nobody reads more, and a browser can hardly show them. */
const maxOperatorRows = 1000;
/** Workers that the page shows. */
const maxWorkerRows = 1000;

/** The page at `/`: what stands still, and what every operator does now. Made in turns, because each open page asks every other second. */
export async function overviewPage(progress: Lists, recent: readonly Incident[], at: string): Promise<string> {
  const jobs = progress.jobs();
  const open = progress.openIncidents({});
  const workers = progress.workers();
  return page(
    'streamgauge',
    html`<h1>streamgauge</h1><p class="quiet">as of ${at}</p>
<h2>Standing still: ${open.length}</h2>${open.length === 0 ? html`<p class="ok">Everything moves.</p>` : open.map(incidentBlock)}
${await jobBlocks(jobs, progress)}
<h2>Workers</h2>${workerTable(workers.slice(0, maxWorkerRows))}${more(workers.length - maxWorkerRows, 'workers', '/api/v1/workers')}
<h2>Lately</h2>${recentTable(recent)}
<p class="quiet">More: <a href="/sdk_status">workers</a>, <a href="/heapz">heaps</a>, <a href="/statusz">this monitor</a></p>`,
  );
}

function incidentBlock(incident: Incident): Html {
  const { location, samples, connections, pools } = incident.evidence;
  const held = holdingLines(connections, pools);
  const [sample] = samples;
  const stack = sample?.frames
    .map(({ function: name, file, line }) => `${name || '(anonymous)'}  ${file}:${line}`)
    .join('\n');
  return html`<section><p class="open">${incident.type} · ${incident.category} · ${incident.mechanism}</p>
<p>${incident.summary}</p>
${location === null ? new Html('') : html`<p>at <b>${location.file}:${location.line}</b> ${location.function}</p>`}
${stack === undefined ? new Html('') : html`<pre>${stack}</pre>`}
${incident.reasons.map((reason) => html`<p class="quiet">${reason}</p>`)}
${held.length === 0 ? new Html('') : html`<pre>${held.join('\n')}</pre>`}
${labelLine(incident.labels)}<p class="quiet">${incident.help}</p></section>`;
}

function labelLine(labels: Incident['labels']): Html {
  const shown = Object.entries(labels).map(([key, value]) => html`<b>${key}</b> ${value} `);
  return shown.length === 0
    ? new Html('')
    : html`<p>${shown}</p>
`;
}

/** Those that stand still first. A job is shown whole or not at all, but for the first one. */
async function jobBlocks(jobs: readonly JobView[], progress: Lists): Promise<Html> {
  const blocks: Html[] = [];
  let rows = 0;
  for (const job of jobs.toSorted((left, right) => right.openIncidents - left.openIncidents)) {
    if (rows > 0 && rows + job.operators > maxOperatorRows) break;
    blocks.push(await jobBlock(job, progress.graph(job.job)));
    rows += job.operators;
  }
  return html`${blocks}${more(jobs.length - blocks.length, 'jobs', '/api/v1/jobs')}`;
}

function more(count: number, what: string, where: string): Html {
  return count <= 0 ? new Html('') : html`<p class="quiet">and ${count} more ${what}: ${where} lists all</p>`;
}

async function jobBlock({ job, state, reportAgeMs }: JobView, graph: GraphInParts | undefined): Promise<Html> {
  const shown: OperatorView[] = [];
  const between: EdgeView[] = [];
  const names = new Map<string, string>();
  const turns = new Turns();
  for (const { operators, edges } of graph?.parts() ?? []) {
    for (const { id, name, worker } of operators) names.set(id, `${name} (${worker})`);
    shown.push(...operators.slice(0, maxOperatorRows - shown.length));
    between.push(...edges.filter(({ channel }) => channel !== null));
    await turns.pause();
  }
  const reports = reportAgeMs === null ? 'no report' : `reports ${age(reportAgeMs)} old`;
  const head = html`<h2>${job} <span class="quiet">${state}, ${reports}</span></h2>`;
  // One that only works on tasks has none.
  if (graph === undefined || shown.length === 0) return html`${head}<p class="quiet">No operators.</p>`;
  return html`${head}
<table><tr><th>operator</th><th>worker</th><th>verdict</th><th>state</th><th class="number">in</th><th class="number">in flight</th><th class="number">busy</th><th class="number">backpressured</th><th class="number">marker age</th><th class="number">last progress</th></tr>
${shown.map(operatorRow)}</table>${more(names.size - shown.length, 'operators', `/api/v1/jobs/${encodeURIComponent(job)}/graph`)}
${channelTable(graph, between, names)}`;
}

/** What goes through brokers: the edges between processes, and channels that processes fill which are not watched. */
function channelTable(
  { job, channels, omitted }: GraphView,
  between: readonly EdgeView[],
  names: ReadonlyMap<string, string>,
): Html {
  const foreign = channels.filter(({ producerCount }) => producerCount === 0);
  if (between.length + foreign.length === 0) return new Html('');
  const shown = [
    ...between.map((edge) => edgeRow(edge, names)),
    ...foreign.map((channel) => foreignRow(channel, names)),
  ];
  const others = Math.max(0, shown.length - maxChannelRows) + omitted.edges + omitted.channels;
  return html`<table><tr><th>from</th><th>through</th><th>to</th><th class="number">not reached</th><th class="number">marker delay</th></tr>
${shown.slice(0, maxChannelRows)}</table>${more(others, 'edges and channels', `/api/v1/jobs/${encodeURIComponent(job)}/graph`)}`;
}

function edgeRow(edge: EdgeView, names: ReadonlyMap<string, string>): Html {
  const { channel, queued, markerDelayMs } = edge;
  const through = channel === null ? '' : `${channel.system} ${channel.channel}${times(channel.partitions)}`;
  const delay = `${channel?.atLeast ? 'at least ' : ''}${age(markerDelayMs)}`;
  return html`<tr><td>${names.get(edge.source) ?? edge.source}</td><td>${through}</td><td>${names.get(edge.target) ?? edge.target}</td><td class="number">${queued ?? 'unknown'}</td><td class="number">${delay}</td></tr>
`;
}

function foreignRow(view: ChannelView, names: ReadonlyMap<string, string>): Html {
  const { system, channel, partition, consumers, lag, markerDelayMs } = view;
  const through = `${system} ${channel}${partition === '' ? '' : ` ${partition}`}`;
  const takers = consumers.map((id) => names.get(id) ?? id).join(', ');
  return html`<tr><td class="quiet">not watched</td><td>${through}</td><td>${takers}</td><td class="number">${lag ?? 'unknown'}</td><td class="number">${age(markerDelayMs)}</td></tr>
`;
}

function times(partitions: number): string {
  return partitions === 1 ? '' : ` (${partitions} partitions)`;
}

function operatorRow(operator: OperatorView): Html {
  const { ratios } = operator;
  const about = aboutOperator(operator);
  return html`<tr><td>${operator.name}${about === '' ? new Html('') : html` <span class="quiet">${about}</span>`}</td><td>${operator.worker}</td><td class="${operator.verdict}">${operator.verdict}</td><td>${operator.state}</td>
<td class="number">${operator.recordsIn} ${operator.unit}</td><td class="number">${operator.inFlight}</td>
<td class="number">${percent(ratios?.busy)}</td><td class="number">${percent(ratios?.backpressured)}</td>
<td class="number">${age(operator.markerAgeMs)}</td><td class="number">${age(operator.progressAgeMs)} ago</td></tr>
`;
}

function workerTable(workers: readonly WorkerView[]): Html {
  return html`<table><tr><th>worker</th><th>job</th><th>state</th><th>process</th><th>runtime</th><th class="number">report age</th></tr>${workers.map(
    (worker) =>
      html`<tr><td><a href="${statusAddress(worker)}">${worker.worker}</a></td><td>${worker.jobs.join(', ')}</td><td>${worker.state}</td><td>${worker.pid} on ${worker.host}</td><td>${worker.runtimeVersion}</td><td class="number">${age(worker.reportAgeMs)}</td></tr>`,
  )}</table>`;
}

/** What the worker does now. */
function statusAddress({ worker }: WorkerView): string {
  return `/sdk_status?${new URLSearchParams({ id: worker })}`;
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
