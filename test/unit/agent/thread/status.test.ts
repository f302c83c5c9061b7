import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  create,
  decodeWorkerMessage,
  encodeMonitorMessage,
  type MonitorMessage,
  MonitorMessageSchema,
  type WorkerMessage,
} from '@streamgauge/proto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { createBoard } from '../../../../agent/src/board/board.ts';
import { readSettings } from '../../../../agent/src/config.ts';
import type { MainFacts } from '../../../../agent/src/main-thread/main-facts.ts';
import { createThreadAgent } from '../../../../agent/src/thread/agent.ts';
import type { FromThread } from '../../../../agent/src/thread/messages.ts';
import type { ThreadAgent } from '../../../../agent/src/thread/thread-agent.ts';

// The whole agent thread, on this one: only the main thread is played.
let server: WebSocketServer;
let agent: ThreadAgent;
let peer: WebSocket;
let received: WorkerMessage['body'][];
let asked: FromThread[];

beforeEach(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  received = [];
  asked = [];
  server.on('connection', (socket) => {
    peer = socket;
    socket.on('message', (data) => received.push(decodeWorkerMessage(data as Buffer).body));
    socket.on('error', () => undefined);
  });
  const monitorUrl = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = { monitorUrl, log: 'off', reportIntervalMs: 60_000 } as const;
  const settings = readSettings(options, {}, { job: () => 'j', worker: () => 'w' });
  agent = createThreadAgent(
    { channel: 'threads of the status', memory: createBoard().memory, settings },
    {
      pid: process.pid,
      agentVersion: '9.9.9',
      agentFolder: '/',
      toMain: (message) => asked.push(message),
      exit: () => {},
    },
  );
  agent.pulse();
  await until(() => received.some(({ case: kind }) => kind === 'hello'));
  reply({ case: 'welcome', value: { protocolVersion: 1 } });
  await until(() => {
    agent.pulse();
    return received.some(({ case: kind }) => kind === 'report');
  });
});

afterEach(async () => {
  for (const client of server.clients) client.terminate();
  server.close();
  await once(server, 'close');
});

const until = (condition: () => boolean): Promise<void> => vi.waitFor(() => expect(condition()).toBe(true), 5000);
const answers = () => received.flatMap((body) => (body.case === 'statusAnswer' ? body.value : []));

function reply(body: MonitorMessage['body'] | { case: string; value: object }): void {
  peer.send(encodeMonitorMessage(create(MonitorMessageSchema, { body: body as never })));
}

test('the worker names what it can be asked, and tells nothing of it to a monitor that does not ask', async () => {
  expect(received[0]).toMatchObject({ case: 'hello', value: { capabilities: expect.arrayContaining(['status']) } });
  for (let pulse = 0; pulse < 20; pulse++) agent.pulse();
  // What comes in the end shows that nothing else comes before it.
  reply({ case: 'statusRequest', value: { requestId: 's1', sections: ['versions'] } });
  await until(() => answers().length > 0);
  expect(answers()).toMatchObject([{ requestId: 's1', sections: [{ name: 'versions', body: { agent: '9.9.9' } }] }]);
  expect(asked).toEqual([]);
});

test('the first report comes with the welcome, and none before it counts as lost', () => {
  const reports = received.flatMap((body) => (body.case === 'report' ? body.value : []));
  expect(reports).toMatchObject([{ sequence: 1n, drops: { reports: 0n } }]);
});

test('what the main thread tells is in the answer, and what it does not tell is missing', async () => {
  reply({ case: 'statusRequest', value: { requestId: 's1', sections: ['event-loop'] } });
  await until(() => asked.length === 1);
  const facts = { loop: { activeMs: 1, idleMs: 2 }, resources: { Timeout: 3 } } as unknown as MainFacts;
  agent.receive({ type: 'main-facts', request: asked[0]?.request ?? 0, facts });
  await until(() => answers().length === 1);
  expect(answers()[0]).toMatchObject({
    partial: false,
    sections: [{ body: { activeMs: 1, idleMs: 2, resources: { Timeout: 3 } } }],
  });
  reply({ case: 'statusRequest', value: { requestId: 's2', sections: ['memory', 'drops'] } });
  await until(() => answers().length === 2);
  expect(answers()[1]).toMatchObject({
    requestId: 's2',
    partial: true,
    missing: [expect.stringMatching(/^memory: /)],
    sections: [{ name: 'memory', body: { residentBytes: expect.any(Number) } }, { name: 'drops' }],
  });
});
