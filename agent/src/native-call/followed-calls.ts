/** A synchronous call of the runtime that may take long, and during which nobody can ask for a stack. */
export interface FollowedCall {
  readonly module: 'child_process' | 'crypto' | 'fs' | 'zlib';
  readonly name: string;
  /**
   * Whether a call with these arguments takes so long that a look at the stack does not matter, which is about 10 µs. Absent: it
   * may be over in a microsecond, and cannot be told beforehand.
   */
  readonly isLong?: (parameters: ArrayLike<unknown>) => boolean;
}

/** Less than this many rounds take less than some milliseconds. */
const MANY_ROUNDS = 10_000;
/** To pack or unpack so much takes some milliseconds. */
const MANY_BYTES = 1024 * 1024;

const always = (): boolean => true;
const manyBytes = (given: ArrayLike<unknown>): boolean => {
  const size = (given[0] as { byteLength?: unknown } | null | undefined)?.byteLength;
  return typeof size === 'number' && size >= MANY_BYTES;
};

/** Their places in this list are their numbers on the board, from 1 on. */
export const FOLLOWED_CALLS: readonly FollowedCall[] = [
  ...['spawnSync', 'execSync', 'execFileSync'].map((name) => ({
    module: 'child_process' as const,
    name,
    isLong: always,
  })),
  { module: 'crypto', name: 'pbkdf2Sync', isLong: (given) => (given[2] as number) >= MANY_ROUNDS },
  ...['scryptSync', 'argon2Sync', 'generateKeyPairSync', 'generatePrimeSync'].map((name) => ({
    module: 'crypto' as const,
    name,
    isLong: always,
  })),
  // Into and out of pipes, terminals and file systems that somebody else serves.
  ...['readSync', 'writeSync', 'writevSync', 'openSync', 'fsyncSync'].map((name) => ({ module: 'fs' as const, name })),
  ...['readFileSync', 'writeFileSync', 'appendFileSync', 'copyFileSync', 'cpSync', 'rmSync'].map((name) => ({
    module: 'fs' as const,
    name,
  })),
  ...['deflate', 'deflateRaw', 'gzip', 'gunzip', 'inflate', 'inflateRaw', 'unzip'].map((name) => ({
    module: 'zlib' as const,
    name: `${name}Sync`,
    isLong: manyBytes,
  })),
  ...['brotliCompress', 'brotliDecompress', 'zstdCompress', 'zstdDecompress'].map((name) => ({
    module: 'zlib' as const,
    name: `${name}Sync`,
    isLong: manyBytes,
  })),
];

/** How many stacks from which they are called are kept; the numbers on the board go no further. */
export const MAX_STACKS = 64;
/** On the board the number of a stack stands above that of the call: 0 says that this call was not looked at. */
export const CALL_BITS = 6;
