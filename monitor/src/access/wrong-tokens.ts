import { isIPv6 } from 'node:net';
import { Allowance } from '../allowance.ts';

/** Wrong tokens that one address may present at once. */
const maxWrongTokens = 20;

/** Wrong tokens that are forgotten per second and address. */
const wrongTokensForgottenPerSecond = 1;

/** Addresses whose wrong tokens are remembered; beyond it the one that erred longest ago is forgotten. */
const maxAddresses = 4096;

/** How many wrong tokens came from where. */
export interface WrongTokens {
  /** Whether so many came from the address that nothing it presents is looked at for now. */
  bars(address: string, nowMs: number): boolean;
  add(address: string, nowMs: number): void;
}

/** Counts that all start at 0. */
export function countWrongTokens(): WrongTokens {
  const limits = { perSecond: wrongTokensForgottenPerSecond, burst: maxWrongTokens };
  /** By network, the one that erred longest ago first. */
  const allowances = new Map<string, Allowance>();
  return {
    bars: (address, nowMs) => {
      const allowance = allowances.get(networkOf(address));
      return allowance !== undefined && allowance.left(nowMs) < 1;
    },
    add: (address, nowMs) => {
      const network = networkOf(address);
      const allowance = allowances.get(network) ?? new Allowance(limits, nowMs);
      allowance.take(nowMs);
      allowances.delete(network);
      if (allowances.size >= maxAddresses) allowances.delete(allowances.keys().next().value as string);
      allowances.set(network, allowance);
    },
  };
}

/** Whoever has one IPv6 address has a whole /64 of them. */
function networkOf(address: string): string {
  const bare = address.replace(/%.*$/, '');
  if (!isIPv6(bare) || bare.includes('.')) return bare.replace(/^::ffff:/i, '');
  const [head = '', tail] = bare.split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - behind.length;
  return [...groups, ...Array<string>(Math.max(0, zeros)).fill('0'), ...behind].slice(0, 4).join(':');
}
