import { type MonitorConfigInput, MonitorError, resolveConfig } from '@streamgauge/monitor';
import { bytesOf, nothingToClose, type Target, textOf } from '../target.ts';

const SETTINGS = {
  host: '127.0.0.1',
  port: 4680,
  token: 'a-token-that-is-long-enough',
  tokens: [
    { name: 'worker', role: 'worker', token: 'another-that-is-long-enough', workers: ['w-*'], jobs: ['j'] },
    { name: 'reader', role: 'reader', tokenFile: 'reader.token', expiresAt: '2027-01-31T00:00:00Z' },
  ],
  tls: { certFile: 'crt', keyFile: 'key', caFile: 'ca', clientCertificates: 'required' },
  stallAfterMs: 30_000,
  checkIntervalMs: 1000,
  loopBlockedMs: 1000,
  workerLostAfterMs: 5000,
  resolveAfterMs: 2000,
  reportIntervalMs: 1000,
  markerIntervalMs: 1000,
  maxConnections: 100,
  allowedOrigins: ['https://example.org'],
  userCode: ['**/node_modules/@acme/**', '!**/generated/**'],
  webhooks: [{ url: 'https://example.org/hook', types: ['stall'] }],
  provisioning: [{ jobs: ['batch-*'], workers: ['w'], reportIntervalMs: 500, disabledFeatures: ['await-sample'] }],
  metrics: { perWorker: true, maxSeries: 2000 },
  listeners: [],
  classifiers: ['./classifier.mjs'],
  log: 'info',
};

/** Settings: taken, or refused with all faults in one message of one line. */
export function config(): Target {
  return {
    seeds: [bytesOf(JSON.stringify(SETTINGS)), bytesOf('{}'), bytesOf(JSON.stringify({ stallAfterMs: 500 }))],
    words: [
      '-1',
      '1e999',
      'null',
      '[]',
      '{}',
      '"__proto__":{},',
      '"constructor":1,',
      '""',
      'true,',
      '"\\u0000"',
      '0.5',
    ],
    most: 1,
    check: ([piece]) => {
      const input = parsed(piece as Uint8Array);
      if (input === undefined) return 'refused';
      try {
        if (!Object.isFrozen(resolveConfig(input))) throw new Error('The settings can be changed.');
        return 'taken';
      } catch (error) {
        if (!(error instanceof MonitorError)) throw error;
        if (/\p{Cc}/u.test(error.message)) throw new Error(`More than one line: ${error.message}`);
        return 'refused';
      }
    },
    close: nothingToClose,
  };
}

/** Undefined: no JSON, which is refused before anybody looks at the settings. */
function parsed(piece: Uint8Array): MonitorConfigInput | undefined {
  try {
    return JSON.parse(textOf(piece));
  } catch {
    return undefined;
  }
}
