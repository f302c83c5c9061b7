import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Command, type Hello, LIMITS, WORKER_PATH } from '@streamgauge/proto';
import { type ServerOptions, WebSocketServer } from 'ws';
import { authorise } from '../access/authorise.ts';
import { barred, type Principal, stranger, strangerText } from '../access/principal.ts';
import type { TokenBook } from '../access/token-book.ts';
import { messageOf } from '../errors.ts';
import type { Parting } from '../model/parting.ts';
import type { SampleRequester } from '../progress-monitor.ts';
import type { StatusRequester } from '../status/status-desk.ts';
import type { LinkContext } from './context.ts';
import { subprotocols } from './frame-codec.ts';
import { sweepPeriodMs } from './presence.ts';
import { Session } from './session.ts';
import { createWorkerRegistry } from './worker-registry.ts';

/** How long a peer may take to answer the closing handshake. */
const closeTimeoutMs = 1000;

/** Fragments of one message: a frame of the limit with room; fragments of one byte would cost far more memory than they carry. */
const maxFragments = 64;

/** Pieces, as they come from the network, that may wait to become one frame. */
const maxBufferedChunks = 1024;

/** Takes the connections of workers. */
export interface Link {
  /** To be called for every upgrade of the HTTP server. Never throws; refuses with an HTTP status. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly sendSampleRequest: SampleRequester;
  readonly sendStatusRequest: StatusRequester;
  /** False: the worker is not connected, or its connection cannot take it. */
  sendCommand(worker: string, command: Command): boolean;
  /** Connections that are open, with or without Hello. */
  readonly connections: number;
  /** Workers that are served. */
  readonly workers: number;
  /** Says goodbye to all workers, stores what was received, and ends the connections; takes at most `withinMs` and the close timeout. */
  close(withinMs: number): Promise<void>;
}

/** Creates the link. It looks at all connections every quarter of a second until it is closed. */
export function createLink(context: LinkContext): Link {
  const { access, config, clock, log, counters, progressMonitor } = context;
  const options: ServerOptions & { closeTimeout: number; maxFragments: number; maxBufferedChunks: number } = {
    noServer: true,
    maxPayload: LIMITS.FRAME_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
    closeTimeout: closeTimeoutMs,
    maxFragments,
    maxBufferedChunks,
    handleProtocols: (offered) => subprotocols.find((known) => offered.has(known)) ?? false,
  };
  const server = new WebSocketServer(options);
  const sessions = new Set<Session>();
  const open = new Set<Duplex>();
  const registry = createWorkerRegistry<Session>();
  let closing = false;

  const owner = {
    take: (session: Session, hello: Hello): void => {
      const { replaced, duplicate } = registry.take(hello.worker, hello.session, session);
      if (replaced !== undefined) counters.add('workers-replaced');
      if (duplicate) {
        counters.add('workers-duplicate');
        log.oncePerMinute(
          `duplicate ${hello.worker}`,
          `Two processes use the worker name ${hello.worker} (now pid ${hello.pid} on ${hello.host}, before that pid ` +
            `${replaced?.hello?.pid ?? 'unknown'} on ${replaced?.hello?.host ?? 'unknown'}); give each its own STREAMGAUGE_WORKER.`,
        );
      }
      // The new connection serves before the old one is told, so there is no moment without a server for the worker.
      tell(() => progressMonitor.workerConnected(hello));
      replaced?.replaced();
      log.info(`Worker ${hello.worker} of job ${hello.job} connected (pid ${hello.pid} on ${hello.host}).`);
    },
    gone: (session: Session, how: 'left' | 'lost', parting: Parting): void => {
      const worker = session.hello?.worker;
      if (worker === undefined || !registry.release(worker, session) || closing) return;
      log.info(how === 'left' ? `Worker ${worker} left.` : `The connection of worker ${worker} was lost.`);
      tell(() => {
        progressMonitor.workerDisconnected(worker, how, parting);
        context.metrics.workerGone(worker);
      });
    },
  };
  const tell = (callback: () => void): void => {
    try {
      callback();
    } catch (error) {
      counters.add('internal-faults');
      log.oncePerMinute('link-internal', `A change of a connection could not be handled: ${messageOf(error)}.`);
    }
  };

  let lastSweepMs = clock.monotonicMs();
  const stopSweep = clock.every(sweepPeriodMs, () => {
    const nowMs = clock.monotonicMs();
    for (const session of sessions) session.look(nowMs - lastSweepMs);
    lastSweepMs = nowMs;
  });

  return {
    handleUpgrade: (request, socket, head) => {
      // Without a listener a reset of a connection that is being refused would end the process.
      socket.on('error', () => {});
      const verdict = judgeUpgrade(request, head, { access, config, open: open.size, closing });
      if ('status' in verdict) {
        counters.add('connections-refused', verdict.reason);
        const from = request.socket.remoteAddress ?? 'an unknown address';
        log.oncePerMinute(`refused ${verdict.reason}`, `A connection of ${from} was refused: ${verdict.message}`);
        refuseUpgrade(socket, verdict.status, verdict.message);
        return;
      }
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      // Not the request: what is named in here stays as long as the connection.
      const connection = request.socket;
      server.handleUpgrade(request, socket, head, (webSocket) => {
        const session = new Session(webSocket, verdict.principal, context, owner, connection);
        sessions.add(session);
        webSocket.once('close', () => sessions.delete(session));
      });
    },
    sendSampleRequest: (worker, request) => registry.get(worker)?.sendSampleRequest(request) ?? false,
    sendStatusRequest: (worker, request) => registry.get(worker)?.sendStatusRequest(request) ?? 'absent',
    sendCommand: (worker, command) => registry.get(worker)?.sendCommand(command) ?? false,
    get connections() {
      return open.size;
    },
    get workers() {
      return registry.size;
    },
    close: async (withinMs) => {
      closing = true;
      stopSweep();
      await Promise.all([...sessions].map((session) => session.leave(withinMs)));
      const gone = [...open].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      server.close();
      await Promise.all(gone);
    },
  };
}

type UpgradeVerdict =
  | { readonly principal: Principal }
  | { readonly status: string; readonly reason: string; readonly message: string };

function judgeUpgrade(
  request: IncomingMessage,
  head: Buffer,
  at: {
    readonly access: TokenBook;
    readonly config: LinkContext['config'];
    readonly open: number;
    readonly closing: boolean;
  },
): UpgradeVerdict {
  const refused = (status: string, reason: string, message: string): UpgradeVerdict => ({ status, reason, message });
  const path = (request.url ?? '').split('?', 1)[0];
  if (path !== WORKER_PATH) return refused('404 Not Found', 'path', `Workers connect to ${WORKER_PATH}.`);
  if (at.closing) return refused('503 Service Unavailable', 'closing', 'The monitor is shutting down.');
  // Workers send no Origin; whoever sends one is a page in a browser.
  const { origin } = request.headers;
  if (origin !== undefined && !at.config.allowedOrigins.includes(origin)) {
    return refused(
      '403 Forbidden',
      'origin',
      'Web pages may not connect; add the origin to allowedOrigins to let one.',
    );
  }
  // A worker waits for the answer; bytes behind the request would be read as frames of whoever the proxy thinks it speaks to.
  if (head.length > 0) return refused('400 Bad Request', 'early-bytes', 'Send nothing before the answer.');
  const principal = at.access.identify(request.headers.authorization, request.socket.remoteAddress ?? '');
  if (principal === barred)
    return refused('429 Too Many Requests', 'token', 'Too many wrong tokens came from this address.');
  if (principal === stranger) return refused('401 Unauthorized', 'token', strangerText(request.headers.authorization));
  if (!authorise(principal, 'report')) return refused('403 Forbidden', 'role', 'This token is not one of a worker.');
  if (at.open >= at.config.maxConnections) {
    return refused(
      '503 Service Unavailable',
      'too-many',
      `There are ${at.open} connections already; raise maxConnections.`,
    );
  }
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  if (!offered.some((name) => subprotocols.includes(name))) {
    return refused('400 Bad Request', 'subprotocol', `Offer the subprotocol ${subprotocols.join(' or ')}.`);
  }
  return { principal };
}

function refuseUpgrade(socket: Duplex, status: string, message: string): void {
  const body = `${message}\n`;
  const headers = [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(status.startsWith('401') ? ['WWW-Authenticate: Bearer'] : []),
    ...(/^(?:503|429)/.test(status) ? ['Retry-After: 5'] : []),
  ];
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`);
  socket.once('finish', () => socket.destroy());
}
