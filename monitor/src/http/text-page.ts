import type { FastifyReply, FastifyRequest } from 'fastify';
import { printable } from '../printable.ts';
import { html, page } from './html.ts';

/** Answers with text: as it is to programs and terminals, in a page of its own to a browser. */
export function sendText(request: FastifyRequest, reply: FastifyReply, title: string, text: string): FastifyReply {
  const safe = printable(text);
  reply.header('vary', 'accept');
  if (!wantsPage(request.headers.accept)) return reply.type('text/plain; charset=utf-8').send(safe);
  const body = html`<h1>${printable(title)}</h1><pre>${safe}</pre>`;
  return reply.type('text/html; charset=utf-8').send(page(printable(title), body, { reloads: false }));
}

/** Browsers name HTML before anything else; programs take what comes. */
function wantsPage(accept = ''): boolean {
  return /(?:^|[\s,])text\/html\b(?!\s*;\s*q=0(?:\.0*)?(?:[\s,;]|$))/i.test(accept);
}
