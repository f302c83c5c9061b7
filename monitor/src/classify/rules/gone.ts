import type { BuiltInClassifier, Classification } from '../classification.ts';

/** How full a heap is that overflows within the next second or two. */
const nearLimit = 0.85;
/** A process that somebody has stopped: by a signal, or in a debugger. */
const stopped = /^[Tt]$/;

/**
 * A worker that went without goodbye. When a process ends, the system closes its connections; one that stays open and silent belongs to
 * a process that does not run, or lies behind a network that is cut. Why a process ended is told by the last that it said of itself.
 */
export const gone: BuiltInClassifier = {
  name: 'gone',
  classify: ({ finding }) => {
    if (finding.rule !== 'worker-lost') return undefined;
    const { silent, sameHost, processState, heapUsedBytes, heapLimitBytes } = finding.facts;
    if (silent === true) return notRunning(sameHost === true, String(processState ?? ''));
    if (silent !== false) return undefined;
    if (typeof heapUsedBytes !== 'number' || typeof heapLimitBytes !== 'number') return undefined;
    if (heapLimitBytes === 0 || heapUsedBytes < heapLimitBytes * nearLimit) return undefined;
    return {
      category: 'resource',
      mechanism: 'gc',
      confidence: 0.7,
      location: null,
      reasons: [
        `When it was heard last, ${megabytes(heapUsedBytes)} MB of its heap were in use, of ${megabytes(heapLimitBytes)} MB that it may use.`,
        'Its connection was closed without goodbye, as by the runtime, which ends a process whose heap is full.',
      ],
    };
  },
};

function notRunning(sameHost: boolean, state: string): Classification {
  const decided = { category: 'resource', mechanism: 'not-scheduled', location: null } as const;
  const open = 'Its connection is open, and nothing comes over it any more';
  if (stopped.test(state))
    return { ...decided, confidence: 0.9, reasons: [`${open}: its process is stopped (state ${state}).`] };
  if (sameHost) {
    const reason = `${open}. It runs on the host of the monitor, so that no network can be cut: its process does not run.`;
    return { ...decided, confidence: 0.8, reasons: [reason] };
  }
  const reason = `${open}. Either its process does not run, as when it or its host is stopped or paused, or the network between is cut, which looks the same from here.`;
  return { ...decided, confidence: 0.4, reasons: [reason] };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
