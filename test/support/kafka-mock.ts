import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import type { Peer } from './peers.ts';
import { ROOT } from './repository.ts';

const run = promisify(execFile);
const FOLDER = join(ROOT, '.cache', 'peers', 'kafka-mock');
const SOURCE = join(ROOT, 'test', 'support', 'kafka-mock.c');
const DEBIAN_PACKAGES = ['librdkafka-dev', 'librdkafka1'];

/** Request types of the Kafka protocol that tests let fail. */
export const KafkaApi = { PRODUCE: 0, FETCH: 1, OFFSET_COMMIT: 8 } as const;

/** Error codes of the Kafka protocol. */
export const KafkaError = { REQUEST_TIMED_OUT: 7, GROUP_AUTHORIZATION_FAILED: 30 } as const;

/** A broker on 127.0.0.1 that lives as long as the test. */
export interface KafkaMock {
  /** Host and port. */
  readonly address: string;
  readonly process: ChildProcess;
  createTopic(name: string, partitions: number): Promise<void>;
  /** The next so many requests of this type are refused. */
  fail(api: number, count: number, error: number): Promise<void>;
  /** None of them any more. */
  mend(api: number): Promise<void>;
  down(): Promise<void>;
  up(): Promise<void>;
}

/** Compiles the broker, against an installed librdkafka or one unpacked into the cache without root. Never throws. */
export async function kafkaMockProgram(): Promise<Peer> {
  const path = join(FOLDER, `kafka-mock-${process.pid}`);
  try {
    await mkdir(FOLDER, { recursive: true });
    const compiled = await compile(path, []).then(
      () => true,
      () => false,
    );
    if (!compiled) await compileUnpacked(path);
    // Renamed, so that several test processes may do this at once.
    const shared = join(FOLDER, 'kafka-mock');
    await rename(path, shared);
    return { path: shared };
  } catch (error) {
    const [reason] = String((error as { stderr?: string }).stderr || error).split('\n');
    return {
      reason: `the Kafka protocol mock cannot be built (${reason}); install: apt-get install gcc librdkafka-dev`,
    };
  }
}

/** Starts the broker; inside a test only. */
export async function startKafkaMock(program: string): Promise<KafkaMock> {
  const libraries = await unpackedLibraries();
  const child = spawn(program, [], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...(libraries !== undefined && { LD_LIBRARY_PATH: libraries }) },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('The Kafka protocol mock has ended.');
    return value;
  };
  const address = await next();
  const tell = async (command: string): Promise<void> => {
    child.stdin.write(`${command}\n`);
    await next();
  };
  return {
    address,
    process: child,
    createTopic: (name, partitions) => tell(`topic ${name} ${partitions}`),
    fail: (api, count, error) => tell(`fail ${api} ${count} ${error}`),
    mend: (api) => tell(`mend ${api}`),
    down: () => tell('down'),
    up: () => tell('up'),
  };
}

async function compile(path: string, options: readonly string[]): Promise<void> {
  await run('gcc', ['-O1', '-o', path, SOURCE, ...options, '-lrdkafka'], { timeout: 60_000 });
}

async function compileUnpacked(path: string): Promise<void> {
  if ((await unpackedLibraries()) === undefined) {
    for (const name of DEBIAN_PACKAGES) await run('apt-get', ['download', name], { cwd: FOLDER, timeout: 180_000 });
    for (const file of await readdir(FOLDER)) {
      if (!file.endsWith('.deb')) continue;
      await run('dpkg', ['-x', file, '.'], { cwd: FOLDER });
      await rm(join(FOLDER, file));
    }
  }
  const libraries = (await unpackedLibraries()) ?? '';
  await compile(path, [`-I${join(FOLDER, 'usr', 'include')}`, `-L${libraries}`]);
}

async function unpackedLibraries(): Promise<string | undefined> {
  const folder = join(FOLDER, 'usr', 'lib');
  const architectures = await readdir(folder).catch(() => []);
  return architectures.length === 0 ? undefined : join(folder, architectures[0] as string);
}
