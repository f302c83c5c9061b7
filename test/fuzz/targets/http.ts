import { once } from 'node:events';
import { connect } from 'node:net';
import { type Monitor, startMonitor } from '@streamgauge/monitor';
import {
  CommandAnswerSchema,
  CommandOutcome,
  create,
  decodeMonitorMessage,
  EventSchema,
  EvidenceSchema,
  StatusAnswerSchema,
  Topic,
} from '@streamgauge/proto';
import { HandMadeWorker } from '../../support/hand-made-worker.ts';
import { bytesOf, type Outcome, type Target } from '../target.ts';

const PATHS = [
  '/',
  '/healthz',
  '/healthz?job=j',
  '/readyz',
  '/metrics',
  '/statusz',
  '/heapz',
  '/heapz?worker=w',
  '/threadz?worker=w',
  '/sdk_status',
  '/sdk_status?id=w',
  '/api/v1/workers/w/status',
  '/api/v1/jobs',
  '/api/v1/jobs/j',
  '/api/v1/jobs/j/graph',
  '/api/v1/workers',
  '/api/v1/workers/w',
  '/api/v1/incidents?job=j&state=open&type=stall&limit=10',
  '/api/v1/events?start_offset=0&batch_size=10',
];
const BODIES = {
  '/api/v1/workers/w/samples': ['{"kind":"await","durationMs":10}', '{"kind":"both","operator":"o"}'],
  '/api/v1/workers/w/commands': ['{"command":"set-interval","reportIntervalMs":500}', '{"command":"exit"}'],
};
/** By this name the monitor may be called without a token. */
const HEADERS = 'Host: 127.0.0.1\r\nConnection: close';
const ANSWER_MS = 5000;
/** Without a word for so long, somebody who has asked says that nothing more will come. */
const PATIENCE_MS = 500;
/** The parser of Node.js refuses what is longer than 16 KiB and answers so; more of it proves nothing. */
const MOST_BYTES = 20_000;

/** Requests as they come over the wire: every one gets an answer, and none that says the monitor is at fault. */
export async function http(): Promise<Target> {
  const monitor = await startMonitor({ port: 0, log: 'off' });
  const worker = await willingWorker(monitor);
  return {
    seeds: [
      ...PATHS.map((path) => bytesOf(`GET ${path} HTTP/1.1\r\n${HEADERS}\r\n\r\n`)),
      ...Object.entries(BODIES).flatMap(([path, bodies]) => bodies.map((body) => post(path, body))),
    ],
    words: [
      '%00',
      '%ff',
      '..%2f',
      '?',
      '&',
      '=',
      'at=2026-01-02T03:04:05Z',
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
    close: async () => {
      worker.socket.terminate();
      await monitor.close();
    },
  };
}

function post(path: string, body: string): Uint8Array {
  const about = `Content-Type: application/json\r\nContent-Length: ${body.length}`;
  return bytesOf(`POST ${path} HTTP/1.1\r\n${HEADERS}\r\n${about}\r\n\r\n${body}`);
}

/** A worker that answers at once whatever it is asked, and takes every command. */
async function willingWorker({ url }: Monitor): Promise<HandMadeWorker> {
  const worker = new HandMadeWorker(`${url.replace('http', 'ws')}/v1/worker`);
  let events = 0;
  worker.socket.on('message', (data: Buffer) => {
    const { body } = decodeMonitorMessage(data);
    const requestId = body.value !== undefined && 'requestId' in body.value ? body.value.requestId : '';
    if (body.case === 'statusRequest')
      worker.send({ case: 'statusAnswer', value: create(StatusAnswerSchema, { requestId }) });
    else if (body.case === 'command')
      worker.send({
        case: 'commandAnswer',
        value: create(CommandAnswerSchema, { requestId, outcome: CommandOutcome.DONE }),
      });
    else if (body.case === 'sampleRequest') {
      events += 1;
      const payload = { case: 'evidence' as const, value: create(EvidenceSchema, { requestId }) };
      const event = create(EventSchema, { topic: Topic.EVIDENCE, number: BigInt(events), payload });
      worker.send({ case: 'event', value: event });
    }
  });
  const capabilities = ['status', 'cpu-sample', 'await-sample', 'exit', 'set-interval', 'heap-dump'];
  await worker.greet({ worker: 'w', job: 'j', capabilities });
  worker.report(1, { operators: [{ id: 1, name: 'o' }] });
  worker.event(++events);
  await worker.next((body) => body.case === 'acknowledgement');
  return worker;
}

/**
 * Everything that comes back. Of a request that is cut short this end says that nothing more will come; of a whole one it does not, or
 * the server would take it for somebody who has gone.
 */
async function ask({ url }: Monitor, request: Uint8Array): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  const patience = setTimeout(() => socket.end(), isWhole(request) ? PATIENCE_MS : 0);
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    patience.refresh();
  });
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  const timer = setTimeout(() => socket.destroy(new Error('no answer')), ANSWER_MS);
  socket.write(request);
  await closed;
  clearTimeout(timer);
  clearTimeout(patience);
  if (socket.errored?.message === 'no answer') throw new Error(`No answer within ${ANSWER_MS} ms.`);
  return Buffer.concat(chunks).toString('latin1');
}

/** Whether it has all of its headers, and as much of a body as they say. */
function isWhole(request: Uint8Array): boolean {
  const text = Buffer.from(request).toString('latin1');
  const [head = '', body] = text.split('\r\n\r\n', 2);
  return body !== undefined && body.length >= Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
}

function judge(answer: string): Outcome {
  // A request that was cut short, and one that is none, may be left without a word.
  if (answer === '') return 'refused';
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
  // 505 and 501 are what HTTP has for a version and a way of sending that are unknown; 503 is for what is not there now.
  if (!(status < 500) && ![501, 503, 505].includes(status)) throw new Error(`Answered: ${answer.slice(0, 300)}`);
  return status < 400 ? 'taken' : 'refused';
}
