import { pbkdf2Sync } from 'node:crypto';

const PROBES = 3;

/** How many rounds of pbkdf2 take that long on this machine: processors differ by a factor of ten, and a probe may have to wait for one. */
export function roundsFor(wantedMs) {
  const rounds = 100_000;
  const probe = () => {
    const startMs = performance.now();
    pbkdf2Sync('secret', 'salt', rounds, 32, 'sha256');
    return performance.now() - startMs;
  };
  return Math.round((rounds * wantedMs) / Math.min(...Array.from({ length: PROBES }, probe)));
}
