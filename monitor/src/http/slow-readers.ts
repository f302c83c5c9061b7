import type { FastifyInstance } from 'fastify';
import type { Clock } from '../clock.ts';

/**
 * Cuts off who does not take an answer in time. Until it is taken the whole of it is kept, and a reader who takes a byte now and
 * then would never be found by a time-out that counts silence.
 */
export function cutSlowReaders(
  server: FastifyInstance,
  clock: Clock,
  deadlineMs: number,
  onCut: (request: string) => void,
): void {
  server.addHook('onSend', async ({ method, routeOptions }, { raw }) => {
    const cancel = clock.after(deadlineMs, () => {
      onCut(`${method} ${routeOptions.url ?? 'no route'}`);
      raw.destroy();
    });
    // Taken by the system, or ended before.
    raw.once('finish', cancel);
    raw.once('close', cancel);
  });
}
