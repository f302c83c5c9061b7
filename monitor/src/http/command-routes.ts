import { LIMITS } from '@streamgauge/proto';
import type { FastifyInstance } from 'fastify';
import type { CommandWish, OutcomeName } from '../command/command.ts';
import { MonitorError, type MonitorErrorCode, monitorErrorCodes } from '../errors.ts';
import type { HttpContext } from './server.ts';
import { workerOf } from './worker-routes.ts';

const interval = { type: 'integer', minimum: LIMITS.INTERVAL_MILLIS_MIN, maximum: LIMITS.INTERVAL_MILLIS_MAX } as const;

const commandSchema = {
  type: 'object',
  required: ['command'],
  additionalProperties: false,
  properties: {
    command: { enum: ['exit', 'set-interval', 'heap-dump'] },
    reportIntervalMs: interval,
    markerIntervalMs: interval,
  },
} as const;

/** What the worker said no to, in the words of HTTP. */
const codeOfOutcome: Readonly<Record<Exclude<OutcomeName, 'done'>, MonitorErrorCode>> = {
  'not-allowed': monitorErrorCodes.forbidden,
  'unknown-command': monitorErrorCodes.notImplemented,
  'too-many': monitorErrorCodes.tooMany,
  failed: monitorErrorCodes.commandFailed,
};

/** `/api/v1/workers/{id}/commands`: what changes a worker, as far as its own user allows it. */
export function commandRoutes(server: FastifyInstance, { progress, commands }: HttpContext): void {
  server.post<{ Params: { id: string }; Body: CommandWish }>(
    '/api/v1/workers/:id/commands',
    { config: { action: 'command', about: 'worker' }, schema: { body: commandSchema } },
    async ({ params: { id }, body, ip, principal }, reply) => {
      const wish = checked(body);
      const worker = workerOf(progress, id);
      const { requestId, outcome, message, file } = await commands.ask(worker, wish, `${principal.name} at ${ip}`);
      if (outcome === 'pending') return reply.code(202).send({ requestId, command: wish.command, outcome, message });
      if (outcome !== 'done') throw new MonitorError(codeOfOutcome[outcome], message);
      return { requestId, command: wish.command, outcome, message, ...(file === null ? {} : { file }) };
    },
  );
}

/** @throws MonitorError SG_MONITOR_BAD_REQUEST */
function checked(wish: CommandWish): CommandWish {
  const { command, ...parameters } = wish;
  const count = Object.keys(parameters).length;
  if (command === 'set-interval' && count === 0)
    throw bad('set-interval needs reportIntervalMs, markerIntervalMs, or both.');
  if (command !== 'set-interval' && count > 0) throw bad(`${command} takes no intervals.`);
  return wish;
}

function bad(message: string): MonitorError {
  return new MonitorError(monitorErrorCodes.badRequest, message);
}
