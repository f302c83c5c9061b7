import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { CliError } from '../errors.ts';
import { type TlsFile, tlsFiles } from './tls-files.ts';

/** What is sent along, and how long the answer may take. */
export interface Question {
  readonly token: string | undefined;
  /** Absent: GET. */
  readonly body?: object | undefined;
  readonly withinMs: number;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

const MAX_REASON = 300;
/** More than any answer of the monitor: with it a foreign server cannot fill the memory. */
const MAX_ANSWER_CHARACTERS = 256 * 2 ** 20;

/**
 * Asks the monitor over HTTP or HTTPS; certificates are those of the agent, STREAMGAUGE_TLS_CA_FILE and its kin.
 * Throws CliError SG_CLI_MONITOR with the reason.
 */
export async function askMonitor<Content>(url: URL, question: Question): Promise<Content> {
  const { status, text } = await send(url, question).catch((error: unknown) => {
    throw error instanceof CliError ? error : monitorFault(reasonOf(url, error as Error));
  });
  let content: Content & { readonly error?: { readonly message?: unknown } };
  try {
    content = JSON.parse(text);
  } catch {
    throw monitorFault(`${url.origin} answered ${status} and no JSON; is it a monitor?`);
  }
  if (status >= 200 && status < 300) return content;
  const said = String(content.error?.message ?? `it answered ${status}.`);
  throw monitorFault(status === 401 ? `${said} Here: --token-file.` : said);
}

function send(url: URL, { token, body, withinMs }: Question): Promise<Answer> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const options = {
    method: payload === undefined ? 'GET' : 'POST',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(payload === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
    },
    signal: AbortSignal.timeout(withinMs),
  };
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...options, ...certificates(), rejectUnauthorized: true })
        : httpRequest(url, options);
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('error', reject);
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MAX_ANSWER_CHARACTERS)
          response.destroy(monitorFault(`the answer of ${url.origin} is too long.`));
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.end(payload);
  });
}

function certificates(): Partial<Record<TlsFile['option'], string>> {
  return Object.fromEntries(tlsFiles().map((file) => [file.option, textOf(file)]));
}

function textOf({ path, variable }: TlsFile): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError('SG_CLI_TLS_FILE', `the file of ${variable} cannot be read (${code}).`, 2);
  }
}

function reasonOf({ origin }: URL, error: Error & { readonly code?: string }): string {
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return `no answer from ${origin} in time.`;
  const code = error.code ?? error.name;
  if (code.includes('ALERT_CERTIFICATE_REQUIRED') || code.includes('ALERT_HANDSHAKE_FAILURE'))
    return `${origin} asks for a certificate: set STREAMGAUGE_TLS_CERT_FILE and STREAMGAUGE_TLS_KEY_FILE.`;
  if (code === 'EPROTO') return `${origin} speaks no TLS, or none that this command understands; is it http: instead?`;
  if (code === 'CERT_HAS_EXPIRED') return `the certificate of ${origin} has expired; it needs a new one.`;
  if (code === 'CERT_NOT_YET_VALID')
    return `the certificate of ${origin} is not valid yet; check the clocks of both machines.`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `the certificate of ${origin} is for another name; ask for the monitor by the name that it is for.`;
  if (/CERT|SIGNED|SSL|ISSUER|VERIFY/.test(code))
    return `no trusted connection to ${origin} (${code}); name the authority of its certificate in STREAMGAUGE_TLS_CA_FILE.`;
  // What a server that speaks TLS does to whoever does not.
  if (code === 'ECONNRESET' && origin.startsWith('http:'))
    return `${origin} has hung up; does it speak TLS, and is it https: instead?`;
  return `no answer from ${origin} (${code}); is it running?`;
}

function monitorFault(reason: string): CliError {
  return new CliError('SG_CLI_MONITOR', `the monitor cannot tell: ${reason.slice(0, MAX_REASON)}`, 1);
}
