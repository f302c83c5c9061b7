import type { FastifyReply, FastifyRequest } from 'fastify';
import { html, page } from './html.ts';

/** Answers with text: as it is to programs and terminals, in a page of its own to a browser. */
export function sendText(request: FastifyRequest, reply: FastifyReply, title: string, text: string): FastifyReply {
  const safe = neutral(text);
  reply.header('vary', 'accept');
  if (!wantsPage(request.headers.accept)) return reply.type('text/plain; charset=utf-8').send(safe);
  const body = html`<h1>${neutral(title)}</h1><pre>${safe}</pre>`;
  return reply.type('text/html; charset=utf-8').send(page(neutral(title), body, { reloads: false }));
}

/** Browsers name HTML before anything else; programs take what comes. */
function wantsPage(accept = ''): boolean {
  return /(?:^|[\s,])text\/html\b(?!\s*;\s*q=0(?:\.0*)?(?:[\s,;]|$))/i.test(accept);
}

/** Names from workers must not move the cursor of the terminal that shows them. */
function neutral(text: string): string {
  return text.replace(/[^\P{Cc}\n]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
