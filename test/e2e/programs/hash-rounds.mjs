import { pbkdf2Sync } from 'node:crypto';

/** How many rounds of pbkdf2 take that long on this machine: processors differ by a factor of ten. */
export function roundsFor(wantedMs) {
  const rounds = 300_000;
  const startMs = performance.now();
  pbkdf2Sync('secret', 'salt', rounds, 32, 'sha256');
  return Math.round((rounds * wantedMs) / (performance.now() - startMs));
}
