/**
 * Milliseconds of the system's monotonic clock: the same origin in every thread of the process, unlike
 * performance.now(), whose origin differs between threads.
 */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
