// Many workers in one process, made of frames alone: each says Hello and then reports once a second, operators in a line that all
// come on; asked for its status, it tells as much as a real one does. Prints "connected" once all are welcomed, and at the end of
// standard input how many frames were late and how many connections were lost.
//
// usage: node scale-workers.ts URL FROM COUNT OPERATORS
import {
  create,
  decodeMonitorMessage,
  encodeWorkerMessage,
  HelloSchema,
  OperatorKind,
  OperatorState,
  Position,
  ReportSchema,
  StatusAnswerSchema,
  SUBPROTOCOL_BINARY,
  Unit,
  WorkerMessageSchema,
} from '@streamgauge/proto';
import { WebSocket } from 'ws';

const [url = '', ...numbers] = process.argv.slice(2);
const [from = 0, count = 0, operators = 0] = numbers.map(Number);
const INTERVAL_MS = 1000;
const RETRY_MS = 1000;
/** Workers of one job. */
const JOB_WORKERS = 20;
/** A report that this process itself was too busy to send in time says nothing about the monitor. */
const LATE_MS = 1000;
/** Workers that came later are behind by so many reports at most. */
const KEPT_FRAMES = 200;

const frames = new Map<number, Uint8Array>();

let connected = 0;
let lost = 0;
let late = 0;

for (let index = from; index < from + count; index++) dial(index);

function dial(index: number): void {
  let welcomed = false;
  const socket = new WebSocket(`${url}/v1/worker`, [SUBPROTOCOL_BINARY], { perMessageDeflate: false });
  socket.on('error', () => {});
  socket.on('close', () => {
    // Who was not let in within the time for it comes again, as every worker does.
    if (welcomed) lost += 1;
    else setTimeout(() => dial(index), RETRY_MS);
  });
  socket.on('open', () => {
    const hello = {
      protocolVersion: 1,
      worker: `w${index}`,
      job: `j${Math.floor(index / JOB_WORKERS)}`,
      session: `s${index}`,
      heartbeatPeriodMillis: 2000,
      capabilities: ['status'],
    };
    socket.send(
      encodeWorkerMessage(create(WorkerMessageSchema, { body: { case: 'hello', value: create(HelloSchema, hello) } })),
    );
  });
  socket.on('message', (data: Buffer) => {
    const { body } = decodeMonitorMessage(data);
    if (body.case === 'statusRequest') socket.send(statusFrame(body.value.requestId));
    if (body.case !== 'welcome') return;
    welcomed = true;
    if (++connected === count) console.log('connected');
    // Not all at the same moment.
    setTimeout(() => report(socket, 1, performance.now()), (index % 100) * (INTERVAL_MS / 100));
  });
}

function report(socket: WebSocket, sequence: number, dueMs: number): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  if (performance.now() - dueMs > LATE_MS) late += 1;
  socket.send(frameOf(sequence));
  setTimeout(
    () => report(socket, sequence + 1, dueMs + INTERVAL_MS),
    Math.max(0, dueMs + INTERVAL_MS - performance.now()),
  );
}

/**
 * The report with this number, the same for all workers of this process, made once: what is measured is the monitor, and it has to share
 * the machine with this program. The clocks in it may be a second old.
 */
function frameOf(sequence: number): Uint8Array {
  const known = frames.get(sequence);
  if (known !== undefined) return known;
  const completed = BigInt(sequence * 1000);
  const value = create(ReportSchema, {
    sequence: BigInt(sequence),
    sentUnixNano: BigInt(Date.now()) * 1_000_000n,
    monotonicNano: BigInt(Math.round(performance.now() * 1e6)),
    intervalMillis: INTERVAL_MS,
    epoch: BigInt(sequence),
    operators: Array.from({ length: operators }, (_, at) => ({
      id: at + 1,
      name: `operator ${at}`,
      kind: at === 0 ? OperatorKind.SOURCE : at === operators - 1 ? OperatorKind.SINK : OperatorKind.TRANSFORM,
      unit: Unit.RECORDS,
      completed,
      inFlight: 1n,
      state: OperatorState.BUSY,
      stateTimes: { busyNano: completed * 1_000_000n },
      passedEpoch: BigInt(sequence),
      heldNano: 1_000_000n,
      progressAgeNano: 1_000_000n,
    })),
    edges: Array.from({ length: operators - 1 }, (_, at) => ({
      id: at + 1,
      sourceId: at + 1,
      targetId: at + 2,
      queued: 1n,
      capacity: 16n,
      passedEpoch: BigInt(sequence),
      position: Position.COUNT,
    })),
  });
  const frame = encodeWorkerMessage(create(WorkerMessageSchema, { body: { case: 'report', value } }));
  frames.set(sequence, frame);
  frames.delete(sequence - KEPT_FRAMES);
  return frame;
}

/** Eight sections of some 400 characters, which is what a worker of a few operators tells each minute. */
function statusFrame(requestId: string): Uint8Array {
  const body = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`figure${at}`, at * 1234.5]));
  const sections = Array.from({ length: 8 }, (_, at) => ({ name: `section ${at}`, version: 1, body }));
  const value = create(StatusAnswerSchema, { requestId, takenUnixNano: BigInt(Date.now()) * 1_000_000n, sections });
  return encodeWorkerMessage(create(WorkerMessageSchema, { body: { case: 'statusAnswer', value } }));
}

process.stdin.on('end', () => {
  console.log(`ended late ${late} lost ${lost}`);
  process.exit(0);
});
process.stdin.resume();
