const certificateWanted =
  'the monitor asks for a certificate: set STREAMGAUGE_TLS_CERT_FILE and STREAMGAUGE_TLS_KEY_FILE';

/**
 * What a fault of TLS means and what mends it, by the code that Node.js gives it; without a full stop.
 * Source: doc/api/tls.md, "X509 certificate error codes".
 */
const sentences: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the certificate of the monitor has expired: give the monitor a new one',
  CERT_NOT_YET_VALID: 'the certificate of the monitor is not valid yet: check the clocks of both machines',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'the certificate of the monitor is for another name: dial the name that it is for, or give the monitor one for this name',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'the certificate of the monitor is signed by itself: name it, or the authority that signs it, in STREAMGAUGE_TLS_CA_FILE',
  SELF_SIGNED_CERT_IN_CHAIN:
    'the certificate of the monitor is signed by an authority that is not trusted here: name it in STREAMGAUGE_TLS_CA_FILE',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'the certificate of the monitor is signed by an authority that is not trusted here: name it in STREAMGAUGE_TLS_CA_FILE',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'the certificate of the monitor is signed by an authority that is not trusted here: name it in STREAMGAUGE_TLS_CA_FILE',
  CERT_SIGNATURE_FAILURE:
    'the certificate of the monitor is not signed by the authority that it names: name the right one in STREAMGAUGE_TLS_CA_FILE',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: certificateWanted,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA:
    'the monitor does not trust the authority of the certificate in STREAMGAUGE_TLS_CERT_FILE',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'the certificate in STREAMGAUGE_TLS_CERT_FILE has expired',
  ERR_OSSL_PEM_NO_START_LINE:
    'STREAMGAUGE_TLS_CERT_FILE or STREAMGAUGE_TLS_KEY_FILE does not hold what it should: name PEM files, a certificate and its key',
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: 'STREAMGAUGE_TLS_KEY_FILE does not hold the key of STREAMGAUGE_TLS_CERT_FILE',
};

/** The same of faults in the middle of a handshake, which have one code and are told apart by the words of OpenSSL alone. */
const handshakeFaults: readonly (readonly [words: RegExp, sentence: string])[] = [
  [/alert handshake failure/, certificateWanted],
  [/wrong version number|packet length too long/, 'there is no TLS at that address: dial it with ws: instead of wss:'],
];

/** What was dialled when the other side hangs up without a word: TLS with a certificate of the worker, or no TLS. */
export type Dialled = 'with-certificate' | 'without-tls' | 'with-tls';

/** What a hang-up may mean before anything was answered. */
const hangUps: Readonly<Record<Dialled, string | undefined>> = {
  'with-certificate':
    'the monitor has hung up: it may not trust the certificate in STREAMGAUGE_TLS_CERT_FILE, or that has expired',
  'without-tls': 'the monitor has hung up: it may speak TLS, then dial it with wss: instead of ws:',
  'with-tls': undefined,
};

/**
 * One sentence about a fault of TLS; undefined: it is none that is known.
 *
 * @param dialled undefined: the connection was open already, and what ends it has nothing to do with TLS
 */
export function tlsFault(error: unknown, dialled?: Dialled): string | undefined {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code !== 'string') return undefined;
  if (code === 'EPROTO') return handshakeFaults.find(([words]) => words.test(String(message)))?.[1];
  if (code === 'ECONNRESET' && dialled !== undefined) return hangUps[dialled];
  return Object.hasOwn(sentences, code) ? sentences[code] : undefined;
}
