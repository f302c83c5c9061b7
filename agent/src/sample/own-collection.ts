import type { Session } from 'node:inspector';

let known: Promise<number | undefined> | undefined;

/**
 * How long collecting the garbage of this thread takes, milliseconds per megabyte; undefined where there is no inspector. How fast a
 * machine is at that differs by ten, and another heap of the same process takes about as long for each megabyte. Measured once.
 */
export function ownCollectionMsPerMegabyte(): Promise<number | undefined> {
  known ??= measure().catch(() => undefined);
  return known;
}

async function measure(): Promise<number> {
  const inspector = await import('node:inspector');
  const session = new inspector.Session();
  session.connect();
  try {
    // The first has the garbage.
    await post(session, 'HeapProfiler.collectGarbage');
    const { usedSize } = await post<{ readonly usedSize: number }>(session, 'Runtime.getHeapUsage');
    const startMs = performance.now();
    await post(session, 'HeapProfiler.collectGarbage');
    return (performance.now() - startMs) / (usedSize / 1024 / 1024);
  } finally {
    session.disconnect();
  }
}

function post<Answer>(session: Session, method: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    session.post(method, {}, (error: Error | null, answer: unknown) =>
      error === null ? resolve(answer as Answer) : reject(error),
    );
  });
}
