import type { ServerOptions } from 'node:https';
import type { Socket } from 'node:net';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Action, authorise } from '../access/authorise.ts';
import { barred, type Principal, stranger, strangerText } from '../access/principal.ts';
import type { TokenBook } from '../access/token-book.ts';
import type { Clock } from '../clock.ts';
import type { CommandDesk } from '../command/command-desk.ts';
import { isLoopback } from '../config/resolve.ts';
import type { MonitorConfig } from '../config/settings.ts';
import { MonitorError, type MonitorErrorCode, messageOf, monitorErrorCodes } from '../errors.ts';
import type { Health } from '../health/health.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { CodeOwner } from '../model/code-owner.ts';
import type { ProgressMonitor } from '../progress-monitor.ts';
import type { WorkerStatus } from '../status/worker-status.ts';
import type { Store } from '../store/store.ts';
import { commandRoutes } from './command-routes.ts';
import { eventRoutes } from './event-routes.ts';
import { tellOfHandshakes } from './handshakes.ts';
import { healthRoutes } from './health-routes.ts';
import { incidentRoutes } from './incident-routes.ts';
import { jobRoutes } from './job-routes.ts';
import { type HttpLimits, httpLimits } from './limits.ts';
import { pageRoutes } from './page-routes.ts';
import { cutSlowReaders } from './slow-readers.ts';
import { type RouteSubject, subjectOf } from './subject.ts';
import { forbidden } from './visible.ts';
import { workerRoutes } from './worker-routes.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller of the route must be allowed to do. A route without it cannot be registered. */
    action?: Action;
    /** What it is done to. A route without it cannot be registered. */
    about?: RouteSubject;
  }
  interface FastifyRequest {
    /** Who asks. */
    principal: Principal;
  }
}

/** What the routes read. */
export interface HttpContext {
  readonly config: MonitorConfig;
  readonly access: TokenBook;
  readonly progress: ProgressMonitor;
  readonly store: Store;
  /** What workers tell of themselves. */
  readonly status: WorkerStatus;
  readonly metrics: Metrics;
  readonly commands: Pick<CommandDesk, 'ask'>;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly version: string;
  /** Why the store fails, one sentence each; empty when it does not. Without its store the monitor cannot do its work. */
  readonly storeFaults: () => readonly string[];
  /** What is amiss with its other parts. */
  readonly health: Pick<Health, 'faults'>;
  /** Somebody, who may read or not, was cut off because he did not take the answer to that request. */
  readonly onSlowReader: (request: string, mayRead: boolean) => void;
  /** What is amiss with parts that the monitor does without, one sentence each. */
  readonly warnings: () => readonly string[];
  /** Whose code a file is. */
  readonly codeOwner: CodeOwner;
}

/** Status code per error code; everything else is a 500. */
const statusOf: Partial<Record<MonitorErrorCode, number>> = {
  [monitorErrorCodes.badRequest]: 400,
  [monitorErrorCodes.unauthorised]: 401,
  [monitorErrorCodes.forbidden]: 403,
  [monitorErrorCodes.notFound]: 404,
  [monitorErrorCodes.tooMany]: 429,
  [monitorErrorCodes.notImplemented]: 501,
  [monitorErrorCodes.commandFailed]: 502,
  [monitorErrorCodes.workerUnavailable]: 503,
  [monitorErrorCodes.storeFailed]: 503,
  [monitorErrorCodes.storeFull]: 503,
  [monitorErrorCodes.storeOverloaded]: 503,
  [monitorErrorCodes.storeClosed]: 503,
};

/**
 * Builds the HTTP interface; the caller listens. Fastify's own time-outs default to none, so all are set here.
 *
 * @param tls the certificate to serve with; absent: HTTP
 */
export function createHttpServer(
  context: HttpContext,
  tls?: ServerOptions,
  limits: HttpLimits = httpLimits,
): FastifyInstance {
  const { config, logger } = context;
  const transport: ServerOptions = {
    headersTimeout: limits.HEADERS_MS,
    connectionsCheckingInterval: limits.CHECK_MS,
    maxHeaderSize: limits.HEADER_BYTES,
    // A client that offers HTTP/2 beside its request, as Java's does, wants the answer to that request.
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
  };
  const server = fastify({
    bodyLimit: limits.BODY_BYTES,
    connectionTimeout: limits.IDLE_MS,
    requestTimeout: limits.REQUEST_MS,
    keepAliveTimeout: limits.KEEP_ALIVE_MS,
    forceCloseConnections: true,
    ...(tls === undefined
      ? { http: transport }
      : { https: { ...transport, ...tls, handshakeTimeout: limits.HANDSHAKE_MS } }),
    // What X-Forwarded-For says anybody can say: addresses are those of the connection.
    trustProxy: false,
    routerOptions: { maxParamLength: limits.PATH_PART_CHARACTERS },
    exposeHeadRoutes: true,
    // A path that cannot be decoded never reaches a route.
    frameworkErrors: (error, _request, reply) => sendError(reply as FastifyReply, asMonitorError(error)),
    ajv: { customOptions: { coerceTypes: true, removeAdditional: false, allErrors: true } },
  }) as FastifyInstance;
  // Without it a flood of connections would take the descriptors that the store needs.
  server.server.maxConnections = config.maxConnections + limits.EXTRA_CONNECTIONS;
  server.server.on('drop', () => context.metrics.count('streamgauge.monitor.connections.dropped'));
  if (tls !== undefined) tellOfHandshakes(server, logger, context.metrics);
  endHandshakes(server);
  // Set by the first hook, before any route sees it.
  server.decorateRequest<Principal | null>('principal', null);
  server.addHook('onRoute', ({ config: route, url }) => {
    if (route?.action === undefined || route.about === undefined)
      throw new Error(`Route ${url} does not say what its caller must be allowed to do, and to what.`);
  });
  server.addHook('onRequest', async (request, reply) => {
    protect(reply);
    refuseForeignPages(request, context);
    refuseUnauthorised(request, reply, context);
    if (request.routeOptions.config?.action === 'sample') tellOfLook(request, context);
  });
  cutSlowReaders(server, context.clock, limits.ANSWER_MS, context.onSlowReader);
  server.setNotFoundHandler({}, (request, reply) => {
    sendError(reply, new MonitorError(monitorErrorCodes.notFound, `There is no ${request.method} ${pathOf(request)}.`));
  });
  server.setErrorHandler((error: FastifyError, _request, reply) => {
    const known = asMonitorError(error);
    if (known.code === monitorErrorCodes.internal)
      logger.oncePerMinute('http', `a request failed: ${messageOf(error)}`);
    sendError(reply, known);
  });
  for (const routes of [healthRoutes, jobRoutes, workerRoutes, commandRoutes, incidentRoutes, eventRoutes, pageRoutes])
    routes(server, context);
  return server;
}

/** Node.js closes the connections it knows as HTTP, and waits for those that are still in the middle of their TLS handshake. */
function endHandshakes(server: FastifyInstance): void {
  const open = new Set<Socket>();
  server.server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.addHook('preClose', async () => {
    for (const socket of open) socket.destroy();
  });
}

/** Pages carry no script and load nothing, answers are never cached or framed. */
function protect(reply: FastifyReply): void {
  reply.headers({
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
}

/**
 * A page of another site must not reach a monitor on the reader's own machine: its requests carry a foreign Origin, or, when
 * its name was rebound to this address, a foreign Host. An image or a frame of it carries no Origin and is told by Sec-Fetch-*;
 * a link to a page that only shows something is let through.
 */
function refuseForeignPages({ headers, routeOptions }: FastifyRequest, { access, config }: HttpContext): void {
  const isLink =
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document' &&
    !['sample', 'command'].includes(routeOptions.config?.action ?? '');
  if (headers['sec-fetch-site'] === 'cross-site' && headers.origin === undefined && !isLink)
    throw new MonitorError(monitorErrorCodes.forbidden, 'Pages of other sites may link to this page, not load it.');
  const host = headers.host ?? '';
  const { origin } = headers;
  if (origin !== undefined && !config.allowedOrigins.includes(origin) && hostOf(origin) !== host)
    throw new MonitorError(
      monitorErrorCodes.forbidden,
      'Requests from pages of other origins are refused; allow the origin with allowedOrigins.',
    );
  if (access.asks) return;
  const name = host.replace(/:\d+$/, '');
  if (!isLoopback(name) && name !== config.host && !config.allowedHosts.includes(name))
    throw new MonitorError(
      monitorErrorCodes.forbidden,
      'The Host header names another machine; allow it with allowedHosts.',
    );
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** A path without a route is asked about like one that reads: what is there is nobody's business without a token. */
function refuseUnauthorised(request: FastifyRequest, reply: FastifyReply, { access, progress }: HttpContext): void {
  const { action = 'read', about = 'rows' } = request.routeOptions.config ?? {};
  const principal = access.identify(request.headers.authorization, request.socket.remoteAddress ?? '');
  request.principal = principal;
  if (authorise(principal, action, subjectOf(about, request, progress))) return;
  if (principal === barred) {
    reply.header('retry-after', '5');
    throw new MonitorError(monitorErrorCodes.tooMany, 'Too many wrong tokens came from this address; try again later.');
  }
  if (principal !== stranger) throw forbidden();
  reply.header('www-authenticate', 'Basic realm="streamgauge", charset="UTF-8"');
  throw new MonitorError(monitorErrorCodes.unauthorised, strangerText(request.headers.authorization));
}

/** A look stops the worker for a moment, and shows its code: who took it can be read afterwards. */
function tellOfLook(request: FastifyRequest, { logger, progress }: HttpContext): void {
  const subject = subjectOf('worker', request, progress);
  const whom = typeof subject === 'object' ? `worker ${JSON.stringify(subject.worker)}` : 'all workers';
  logger.info(`${request.principal.name} at ${request.ip} looks into ${whom}.`);
}

function asMonitorError(error: FastifyError): MonitorError {
  if (error instanceof MonitorError) return error;
  if (error.validation !== undefined || (error.statusCode !== undefined && error.statusCode < 500))
    return new MonitorError(monitorErrorCodes.badRequest, `${messageOf(error).replace(/\.$/, '')}${mendOf(error)}.`);
  return new MonitorError(monitorErrorCodes.internal, 'The monitor failed to answer; its log says why.');
}

/** What the message of a validator leaves out. */
function mendOf({ validation: [wrong] = [] }: FastifyError): string {
  const { allowedValues, format } = wrong?.params ?? {};
  if (Array.isArray(allowedValues)) return `: ${allowedValues.join(', ')}`;
  return format === 'date-time' ? ', such as 2026-01-02T03:04:05Z' : '';
}

function sendError(reply: FastifyReply, { code, message }: MonitorError): void {
  void reply.code(statusOf[code] ?? 500).send({ error: { code, message } });
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0]?.slice(0, 200) ?? '';
}
