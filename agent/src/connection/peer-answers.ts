import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { bracketed } from './peer-name.ts';

/** How the answers of a peer were while they were counted. */
export interface PeerAnswers {
  /** `127.0.0.1:8080`. */
  readonly peer: string;
  readonly answers: number;
  /** Of these, the ones by which it said that it cannot, or does not want to now. */
  readonly refused: number;
  /** Status of the last one that was refused; 0: none. */
  readonly refusedStatus: number;
}

/** Counts answers of HTTP by what they say: of `http`, `https`, `fetch` and undici. Only while somebody asks, and never what for. */
export interface AnswerCount {
  start(): void;
  stop(): readonly PeerAnswers[];
}

const MAX_PEERS = 20;
/** After this long nobody is left who would end it. */
const LONGEST_MS = 10_000;
const OF_HTTP = 'http.client.response.finish';
const OF_UNDICI = 'undici:request:headers';

/** Too many requests, too early, too late, or a fault of the server: the same request may be answered another time. */
function isRefusal(status: number): boolean {
  return status >= 500 || status === 429 || status === 408 || status === 425;
}

export function createAnswerCount(): AnswerCount {
  const peers = new Map<string, PeerAnswers>();
  let counting = false;
  let ending: NodeJS.Timeout | undefined;

  const onHttp = (message: unknown): void => {
    try {
      const { request, response } = message as {
        readonly request?: { readonly host?: string; readonly socket?: { readonly remotePort?: number } | null };
        readonly response?: { readonly statusCode?: number };
      };
      count(`${bracketed(request?.host ?? '')}:${request?.socket?.remotePort ?? 0}`, response?.statusCode);
    } catch {
      // Whatever it was, it is no answer.
    }
  };
  const onUndici = (message: unknown): void => {
    try {
      const { request, response } = message as {
        readonly request?: { readonly origin?: unknown };
        readonly response?: { readonly statusCode?: number };
      };
      const { hostname, port, protocol } = new URL(String(request?.origin));
      count(`${hostname}:${port === '' ? (protocol === 'https:' ? 443 : 80) : port}`, response?.statusCode);
    } catch {
      // The same.
    }
  };

  return {
    start() {
      peers.clear();
      if (counting) return;
      counting = true;
      ending = setTimeout(end, LONGEST_MS).unref();
      subscribe(OF_HTTP, onHttp);
      subscribe(OF_UNDICI, onUndici);
    },
    stop() {
      end();
      return [...peers.values()];
    },
  };

  function end(): void {
    counting = false;
    clearTimeout(ending);
    unsubscribe(OF_HTTP, onHttp);
    unsubscribe(OF_UNDICI, onUndici);
  }

  function count(peer: string, status: number | undefined): void {
    if (status === undefined || status < 200) return;
    const known = peers.get(peer) ?? { peer, answers: 0, refused: 0, refusedStatus: 0 };
    if (!peers.has(peer) && peers.size >= MAX_PEERS) return;
    const refused = isRefusal(status);
    peers.set(peer, {
      peer,
      answers: known.answers + 1,
      refused: known.refused + (refused ? 1 : 0),
      refusedStatus: refused ? status : known.refusedStatus,
    });
  }
}
