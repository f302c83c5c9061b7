import { execFile } from 'node:child_process';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Peer } from './peers.ts';
import { ROOT } from './repository.ts';

const run = promisify(execFile);
const FOLDER = join(ROOT, '.cache', 'peers', 'kafka-mock');
const SOURCE = join(ROOT, 'test', 'support', 'kafka-mock.c');
const DEBIAN_PACKAGES = ['librdkafka-dev', 'librdkafka1'];

let built: Promise<Peer> | undefined;

/** Compiles the broker, once a process, against an installed librdkafka or one unpacked into the cache without root. Never throws. */
export function kafkaMockProgram(): Promise<Peer> {
  built ??= build();
  return built;
}

async function build(): Promise<Peer> {
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

/** Folder of the libraries that it needs beside it; undefined where they are installed. */
export async function unpackedLibraries(): Promise<string | undefined> {
  const folder = join(FOLDER, 'usr', 'lib');
  const architectures = await readdir(folder).catch(() => []);
  return architectures.length === 0 ? undefined : join(folder, architectures[0] as string);
}
