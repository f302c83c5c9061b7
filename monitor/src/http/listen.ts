import { Server as SecureServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { MonitorError, messageOf, monitorErrorCodes } from '../errors.ts';

/**
 * Binds the server; gives its address as a URL.
 *
 * @throws MonitorError SG_MONITOR_PORT_IN_USE or SG_MONITOR_LISTEN_FAILED
 */
export async function listen(server: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    throw listenFault(error, host, port);
  }
  const address = server.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const scheme = (server.server as object) instanceof SecureServer ? 'https' : 'http';
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${bound}`;
}

function listenFault(error: unknown, host: string, port: number): MonitorError {
  const code = (error as { readonly code?: unknown } | null)?.code;
  if (code === 'EADDRINUSE') {
    const message = `Port ${port} of ${host} is in use by another process; stop that one, or choose another port (0 picks a free one).`;
    return new MonitorError(monitorErrorCodes.portInUse, message, { cause: error });
  }
  const reasons: Readonly<Record<string, string>> = {
    EACCES: `this user may not bind port ${port}; choose one above 1023`,
    EADDRNOTAVAIL: 'the address does not belong to this machine; choose another host',
    ENOTFOUND: 'there is no such host name; choose another host',
  };
  const reason = reasons[String(code)] ?? `${messageOf(error)}; choose another host or port`;
  const message = `The monitor cannot listen at ${host} port ${port}: ${reason}.`;
  return new MonitorError(monitorErrorCodes.listenFailed, message, { cause: error });
}
