import { once } from 'node:events';
import { connect } from 'node:net';
import { type Monitor, startMonitor } from '@streamgauge/monitor';
import { bytesOf, type Target } from '../target.ts';

const PATHS = [
  '/',
  '/healthz',
  '/readyz',
  '/metrics',
  '/statusz',
  '/heapz?worker=w',
  '/threadz?worker=w',
  '/sdk_status?id=w&at=2026-01-02T03:04:05Z',
  '/api/v1/workers/w/status?at=2026-01-02T03:04:05Z',
  '/api/v1/jobs',
  '/api/v1/jobs/j/graph',
  '/api/v1/jobs/j/availability',
  '/api/v1/workers',
  '/api/v1/workers/w',
  '/api/v1/workers/w/samples?at=2026-01-02T03:04:05Z',
  '/api/v1/incidents?job=j&state=open&type=stall&limit=10',
  '/api/v1/incidents/00000000-0000-4000-8000-000000000000/profile?format=speedscope',
  '/api/v1/events?start_offset=0&batch_size=10',
  '/v1/worker',
];
const SAMPLE = '{"kinds":["await"],"durationMs":10}';
const COMMAND = '{"command":"set-interval","reportIntervalMs":500}';
const ANSWER_MS = 5000;
/** The parser of Node.js refuses what is longer than 16 KiB and answers so; more of it proves nothing. */
const MOST_BYTES = 20_000;

/** Requests as they come over the wire: every one gets an answer, and none that says the monitor is at fault. */
export async function http(): Promise<Target> {
  const monitor = await startMonitor({ port: 0, log: 'off' });
  return {
    name: 'http',
    seeds: [
      ...PATHS.map((path) => bytesOf(`GET ${path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`)),
      bytesOf(
        `POST /api/v1/workers/w/samples HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${SAMPLE.length}\r\n\r\n${SAMPLE}`,
      ),
      bytesOf(
        `POST /api/v1/workers/w/commands HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${COMMAND.length}\r\n\r\n${COMMAND}`,
      ),
    ],
    words: [
      '%00',
      '%ff',
      '..%2f',
      '?',
      '&',
      '=',
      '-1',
      '1e999',
      'NaN',
      '[]',
      '\r\n',
      '%',
      "'",
      'HTTP/9.9',
      'Upgrade: websocket\r\n',
    ],
    most: 1,
    check: async ([request]) => judge(await ask(monitor, (request as Uint8Array).subarray(0, MOST_BYTES))),
    close: () => monitor.close(),
  };
}

/** Everything that comes back; the request may be cut short, so this end says that nothing more will come. */
async function ask({ url }: Monitor, request: Uint8Array): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  const timer = setTimeout(() => socket.destroy(new Error('no answer')), ANSWER_MS);
  socket.end(request);
  await closed;
  clearTimeout(timer);
  if (socket.errored?.message === 'no answer') throw new Error(`No answer within ${ANSWER_MS} ms.`);
  return Buffer.concat(chunks).toString('latin1');
}

function judge(answer: string): void {
  // A request that was cut short, and one that is none, may be left without a word.
  if (answer === '') return;
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
  // 505 and 501 are what HTTP has for a version and a way of sending that are unknown; 503 is for what is not there now.
  if (!(status < 500) && ![501, 503, 505].includes(status)) throw new Error(`Answered: ${answer.slice(0, 300)}`);
}
