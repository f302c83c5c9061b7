import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  create,
  decodeWorkerMessage,
  encodeMonitorMessage,
  MonitorMessageSchema,
  type WorkerMessage,
} from '@streamgauge/proto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Board, createBoard } from '../../../../agent/src/board/board.ts';
import { Control } from '../../../../agent/src/board/layout.ts';
import { readSettings } from '../../../../agent/src/config.ts';
import { createThreadAgent } from '../../../../agent/src/thread/agent.ts';
import type { ThreadAgent } from '../../../../agent/src/thread/thread-agent.ts';

// The socket is real; the agent has one pulse, which dials, and none after it: what is expected here must not wait for one.
let server: WebSocketServer;
let board: Board;
let agent: ThreadAgent;
let peer: WebSocket;
let received: WorkerMessage[];

beforeEach(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  received = [];
  server.on('connection', (socket) => {
    peer = socket;
    socket.on('message', (data) => received.push(decodeWorkerMessage(data as Buffer)));
    socket.on('error', () => undefined);
  });
  board = createBoard();
  const monitorUrl = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = readSettings({ monitorUrl, log: 'off' }, {}, { job: () => 'j', worker: () => 'w' });
  const environment = { pid: process.pid, agentVersion: '', agentFolder: '/', toMain: () => {}, exit: () => {} };
  agent = createThreadAgent({ channel: 'threads of this test', memory: board.memory, settings }, environment);
  agent.pulse();
  await until(() => kinds().includes('hello'));
});

afterEach(async () => {
  for (const client of server.clients) client.terminate();
  server.close();
  await once(server, 'close');
});

const kinds = (): (string | undefined)[] =>
  received.map(({ body }) => (body.case === 'event' ? body.value.payload.case : body.case));
const until = (condition: () => boolean): Promise<void> => vi.waitFor(() => expect(condition()).toBe(true), 5000);

test('the main thread is asked to wait from the moment the monitor hears of the worker', () => {
  expect(board.control[Control.FAREWELL]).toBe(1);
});

test('a worker that ends before it is welcome says goodbye after the welcome', async () => {
  board.control[Control.EXIT] = 1;
  agent.receive({ type: 'exit', code: 0 });
  expect(board.control[Control.EXIT]).toBe(1);
  const body = { case: 'welcome', value: { protocolVersion: 1 } } as never;
  peer.send(encodeMonitorMessage(create(MonitorMessageSchema, { body })));
  await until(() => kinds().length === 4);
  expect(kinds()).toEqual(['hello', 'lifecycle', 'lifecycle', 'heartbeat']);
  expect(received.at(-1)?.body).toMatchObject({ case: 'heartbeat', value: { periodMillis: 0 } });
  await until(() => board.control[Control.EXIT] === 2);
});

test('a connection that ends before the welcome keeps nobody waiting', async () => {
  agent.receive({ type: 'exit', code: 0 });
  peer.terminate();
  await until(() => board.control[Control.EXIT] === 2);
});

test('a main thread that waits for the goodbye is not looked at', () => {
  board.control[Control.PULSE] = 0;
  agent.receive({ type: 'exit', code: 0 });
  agent.pulse();
  expect(board.control[Control.PULSE]).toBe(0);
});

test('once switched off, the thread may end; it no longer wakes up after the goodbye of a process', () => {
  agent.receive({ type: 'exit', code: 0 });
  expect(agent.pulse()).toBeGreaterThan(60_000);
  board.control[Control.STOP] = 1;
  expect(agent.pulse()).toBeUndefined();
});
