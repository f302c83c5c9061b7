import type { FastifyInstance } from 'fastify';
import { authorise } from '../access/authorise.ts';
import { stranger } from '../access/principal.ts';
import type { Clock } from '../clock.ts';

/**
 * Cuts off who does not take an answer in time. Until it is taken the whole of it is kept, and a reader who takes a byte now and
 * then would never be found by a time-out that counts silence.
 *
 * @param onCut told what was asked, and whether by somebody who may read anything at all
 */
export function cutSlowReaders(
  server: FastifyInstance,
  clock: Clock,
  deadlineMs: number,
  onCut: (request: string, mayRead: boolean) => void,
): void {
  server.addHook('onSend', async ({ method, routeOptions, principal }, { raw }) => {
    const cancel = clock.after(deadlineMs, () => {
      // Of a request that could not be read nobody has asked whose it is.
      onCut(`${method} ${routeOptions.url ?? 'no route'}`, authorise(principal ?? stranger, 'read'));
      raw.destroy();
    });
    // Taken by the system, or ended before.
    raw.once('finish', cancel);
    raw.once('close', cancel);
  });
}
