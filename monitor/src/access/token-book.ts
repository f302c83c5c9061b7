import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { invalid } from '../config/resolve.ts';
import type { MonitorConfig, TokenSettings } from '../config/settings.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { lookRegularly } from '../regular-look.ts';
import { anybody, barred, type Principal, presentedToken, stranger } from './principal.ts';
import { readTokenFile } from './token-file.ts';
import { countWrongTokens } from './wrong-tokens.ts';

/** Pause between two looks at the token files. */
const tokenLookMs = 2000;

/** Looks in a row that find no token in a file before its token counts as withdrawn: a file may be seen half written. */
const maxFailedLooks = 2;

/** Why a token was refused. */
export type TokenFault = 'wrong' | 'expired' | 'barred';

/** The tokens that the monitor takes, and who presents them. */
export interface TokenBook {
  /** False: no token is configured, and everybody who gets here may do everything. */
  readonly asks: boolean;
  /** Who asks, from the Authorization header. `address` is where the request came from. */
  identify(authorization: string | undefined, address: string): Principal;
  /** False once the token of the principal was withdrawn or replaced, or has expired. */
  isCurrent(principal: Principal): boolean;
  /** Looks at the token files at once. */
  look(): Promise<void>;
  /** Looks at no file any more. */
  close(): void;
}

/** What the book needs of the monitor. */
export interface TokenBookOptions {
  readonly config: Pick<MonitorConfig, 'token' | 'tokenFile' | 'tokens'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onRefused: (reason: TokenFault) => void;
}

interface Entry {
  readonly settings: TokenSettings;
  readonly expiresUnixMs: number;
  digest: Buffer;
  principal: Principal | undefined;
  failedLooks: number;
}

/** Whose token a principal stands for, also one that is replaced. */
const owners = new WeakMap<Principal, Entry>();

/**
 * Reads all token files, and then again every two seconds.
 *
 * @throws MonitorError SG_MONITOR_CONFIG_INVALID when a file cannot be read, or two tokens are the same
 */
export async function openTokenBook({ config, clock, log, onRefused }: TokenBookOptions): Promise<TokenBook> {
  const entries = settingsOf(config).map(entryOf);
  const faults: string[] = [];
  for (const entry of entries) {
    const { name, token, tokenFile } = entry.settings;
    try {
      enter(entry, token ?? (await readTokenFile(tokenFile ?? '')));
    } catch (error) {
      faults.push(`token ${name}: ${messageOf(error)}`);
    }
  }
  faults.push(...sameTokens(entries));
  if (faults.length > 0) throw invalid(faults);

  const wrong = countWrongTokens();
  const refuse = (reason: TokenFault, principal: Principal, sentence: string): Principal => {
    onRefused(reason);
    log.oncePerMinute(`token ${reason}`, sentence);
    return principal;
  };
  const fromFiles = entries.filter(({ settings }) => settings.tokenFile !== undefined);
  const looks = lookRegularly(clock, tokenLookMs, () => lookAtFiles(fromFiles, log));

  return {
    asks: entries.length > 0,
    identify: (authorization, address) => {
      if (entries.length === 0) return anybody;
      const presented = presentedToken(authorization);
      if (presented === undefined) return stranger;
      const nowMs = clock.monotonicMs();
      if (wrong.bars(address, nowMs))
        return refuse('barred', barred, `Too many wrong tokens came from ${address}; it is refused for now.`);
      const entry = find(entries, presented);
      if (entry?.principal !== undefined && clock.unixMs() < entry.expiresUnixMs) return entry.principal;
      wrong.add(address, nowMs);
      return entry?.principal === undefined
        ? refuse('wrong', stranger, `A wrong token came from ${address}.`)
        : refuse('expired', stranger, `The token ${entry.settings.name} has expired and came from ${address}.`);
    },
    isCurrent: (principal) => {
      if (entries.length === 0) return principal === anybody;
      const entry = owners.get(principal);
      return entry?.principal === principal && clock.unixMs() < entry.expiresUnixMs;
    },
    look: looks.now,
    close: looks.stop,
  };
}

/** The single token of the settings is one for everything. */
function settingsOf({ token, tokenFile, tokens }: TokenBookOptions['config']): TokenSettings[] {
  if (token === undefined && tokenFile === undefined) return [...tokens];
  const single = tokenFile === undefined ? { token } : { tokenFile };
  return [{ name: 'token', role: 'admin', ...single }, ...tokens];
}

function entryOf(settings: TokenSettings): Entry {
  const expiresUnixMs = settings.expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(settings.expiresAt);
  return { settings, expiresUnixMs, digest: randomBytes(32), principal: undefined, failedLooks: 0 };
}

function enter(entry: Entry, token: string): void {
  const { name, role, workers, jobs } = entry.settings;
  entry.digest = digestOf(token);
  entry.principal = Object.freeze({ name, role, workers, jobs });
  owners.set(entry.principal, entry);
  entry.failedLooks = 0;
}

function withdraw(entry: Entry): void {
  entry.digest = randomBytes(32);
  entry.principal = undefined;
}

/** Compares with all of them, by digest and in constant time, so that the time tells neither content, nor length, nor place. */
function find(entries: readonly Entry[], presented: string): Entry | undefined {
  const digest = digestOf(presented);
  let found: Entry | undefined;
  for (const entry of entries) if (timingSafeEqual(digest, entry.digest)) found ??= entry;
  return found;
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function sameTokens(entries: readonly Entry[]): string[] {
  return entries.flatMap((entry, index) => {
    const same = entries.slice(0, index).find(({ digest }) => digest.equals(entry.digest));
    return same === undefined ? [] : [`tokens: ${same.settings.name} and ${entry.settings.name} are the same token`];
  });
}

async function lookAtFiles(entries: readonly Entry[], log: Logger): Promise<void> {
  for (const entry of entries) {
    const { name, tokenFile } = entry.settings;
    if (tokenFile === undefined) continue;
    try {
      const token = await readTokenFile(tokenFile);
      entry.failedLooks = 0;
      if (entry.principal !== undefined && timingSafeEqual(digestOf(token), entry.digest)) continue;
      enter(entry, token);
      log.info(`The token ${name} has been replaced; connections that were made with the one before are closed.`);
    } catch (error) {
      entry.failedLooks += 1;
      if (entry.failedLooks !== maxFailedLooks || entry.principal === undefined) continue;
      withdraw(entry);
      log.error(`The token ${name} counts as withdrawn: ${messageOf(error)}.`);
    }
  }
}
