import type { EventEmitter } from 'node:events';
import type { TLSSocket } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';

const untrusted = 'its certificate is signed by none of the authorities in caFile';

/**
 * What codes of a failed handshake mean, without a full stop. Those without ERR_ are of the check of a certificate.
 * Source: doc/api/tls.md, "X509 certificate error codes", and the reasons of OpenSSL's ssl/ssl_err.c as Node.js spells them.
 */
const sentences: Readonly<Record<string, string>> = {
  ERR_SSL_HTTP_REQUEST: 'it speaks no TLS; dial https: or wss: instead of http: or ws:',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'it has shown no certificate, and clientCertificates asks for one',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it does not trust the certificate of this monitor',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'it does not trust the certificate of this monitor',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'it does not trust the certificate of this monitor',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'it says that the certificate of this monitor has expired',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  // Of one that names an authority of caFile and is not by it.
  ERR_OSSL_EVP_PROVIDER_SIGNATURE_FAILURE: untrusted,
};

/** A client is not told why its certificate is not taken; the monitor's own people are. */
export function tellOfHandshakes(server: FastifyInstance, logger: Logger, metrics: Pick<Metrics, 'count'>): void {
  const events: EventEmitter = server.server;
  events.on('tlsClientError', (error: Error & { readonly code?: unknown }, socket: Partial<TLSSocket>) => {
    metrics.count('streamgauge.monitor.handshakes.refused');
    const code = String(socket.authorizationError ?? error.code);
    const known = Object.hasOwn(sentences, code) ? sentences[code] : undefined;
    // Of a socket that is closed already the address is gone.
    const whom = socket.remoteAddress === undefined ? '' : ` with ${socket.remoteAddress}`;
    // One that is common, such as a port scan, must not hide another.
    logger.oncePerMinute(`tls ${known}`, `A TLS handshake${whom} failed: ${known ?? messageOf(error)}.`);
  });
}
