import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { Place, Report } from './judge.ts';

/** Takes what Sentry's SDK sends, and keeps the events: what it counts of sessions and of itself is no report. */
export interface SentryServer {
  /** For one program, told apart by the number of its project. */
  dsn(project: number): string;
  reports(project: number): readonly Report[];
  close(): void;
}

export async function startSentryServer(): Promise<SentryServer> {
  const byProject = new Map<number, Report[]>();
  const server = createServer(async (request, response) => {
    const project = Number(/^\/api\/(\d+)\//.exec(request.url ?? '')?.[1]);
    const body = await buffer(request);
    const envelope = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
    byProject.set(project, [...(byProject.get(project) ?? []), ...eventsOf(envelope)]);
    response.end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    dsn: (project) => `http://public@127.0.0.1:${port}/${project}`,
    reports: (project) => byProject.get(project) ?? [],
    close: () => server.close().closeAllConnections(),
  };
}

/** An envelope is a header, then for each item a header and a payload, a line each. */
function eventsOf(envelope: string): readonly Report[] {
  const lines = envelope.split('\n').filter((line) => line !== '');
  const events = lines.filter((_, index) => index >= 2 && /"type":"event"/.test(lines[index - 1] as string));
  return events.map((event) => ({ atMs: Date.now(), text: 'event', places: placesOf(JSON.parse(event)) }));
}

/** Every frame of every thread and exception. */
function placesOf(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const { filename, lineno } = value as { readonly filename?: unknown; readonly lineno?: unknown };
  const own = typeof filename === 'string' && typeof lineno === 'number' ? [{ file: filename, line: lineno }] : [];
  return [...own, ...Object.values(value).flatMap(placesOf)];
}
