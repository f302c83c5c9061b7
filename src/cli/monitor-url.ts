import { CliError } from '../errors.ts';

const SCHEMES: Readonly<Record<string, string>> = { 'ws:': 'ws:', 'wss:': 'wss:', 'http:': 'ws:', 'https:': 'wss:' };

/**
 * Gives the WebSocket address of a monitor from what a person wrote; the address a browser shows will do.
 * Throws CliError SG_CLI_URL.
 */
export function workerUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = url === undefined ? undefined : SCHEMES[url.protocol];
  if (url === undefined || scheme === undefined || url.hostname === '') {
    throw new CliError(
      'SG_CLI_URL',
      `${JSON.stringify(text)} is not the address of a monitor; write it like ws://127.0.0.1:4680 or https://monitor.example.`,
      2,
    );
  }
  // Set by text: the URL class refuses to turn http into ws in place.
  return `${scheme}${url.href.slice(url.protocol.length)}`.replace(/\/$/, '');
}

/** The HTTP address of the same monitor. Throws CliError SG_CLI_URL. */
export function monitorHttpUrl(text: string): string {
  return `${workerUrl(text).replace(/^ws/, 'http')}/`;
}
