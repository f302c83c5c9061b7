import { pbkdf2Sync } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

const PROBE_ROUNDS = 20_000;
const PROBES = 5;

/**
 * How many rounds of pbkdf2 take that long on this machine: processors differ by a factor of ten, and a probe may have to wait for
 * one. The event loop turns between the probes, so that they are no block themselves.
 */
export async function roundsFor(wantedMs) {
  let shortestMs = Number.POSITIVE_INFINITY;
  for (let probe = 0; probe < PROBES; probe++) {
    await setImmediate();
    const startMs = performance.now();
    pbkdf2Sync('secret', 'salt', PROBE_ROUNDS, 32, 'sha256');
    shortestMs = Math.min(shortestMs, performance.now() - startMs);
  }
  return Math.round((PROBE_ROUNDS * wantedMs) / shortestMs);
}
