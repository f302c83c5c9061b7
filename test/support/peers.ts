import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';
import { ROOT } from './repository.ts';

const run = promisify(execFile);

/** Where what was fetched is kept; it is ignored by git and may be deleted at any time. */
const CACHE = join(ROOT, '.cache', 'peers');
const FETCH_TIMEOUT_MS = 180_000;

/** A program the tests measure themselves against: its path, or one line that says how to get it. */
export type Peer =
  | { readonly path: string; readonly reason?: undefined }
  | { readonly path?: undefined; readonly reason: string };

/** Versions of Node.js beside the pinned one that agent and proto support. */
export const OTHER_NODE_VERSIONS = { 20: '20.20.2', 22: '22.23.3', 26: '26.10.0' } as const;

/** Debian package of each program, and where the program is in it. */
const DEBIAN_PACKAGES = {
  prometheus: 'prometheus',
  promtool: 'prometheus',
  'redis-server': 'redis-server',
  'nats-server': 'nats-server',
  'rabbitmq-server': 'rabbitmq-server',
} as const;

/** Servers whose package is not enough: they need the libraries of others, and are installed as a whole, by root. */
const INSTALLED_WHOLE: ReadonlySet<string> = new Set(['redis-server', 'rabbitmq-server']);
/** Folders of servers that are not on everybody's path. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];

/**
 * Finds a program: on the PATH, then in the cache, then in its Debian package, which is unpacked into the cache without being
 * installed and without root. Never throws.
 */
export async function debianProgram(name: keyof typeof DEBIAN_PACKAGES): Promise<Peer> {
  const installed = await onPath(name);
  if (installed !== undefined) return { path: installed };
  const debianPackage = DEBIAN_PACKAGES[name];
  const folder = join(CACHE, debianPackage);
  const path = join(folder, 'usr', name === 'nats-server' ? 'sbin' : 'bin', name);
  try {
    if (INSTALLED_WHOLE.has(name)) return { path: await installDebian(debianPackage, name) };
    if (!(await isExecutable(path))) await provide(folder, path, (staging) => unpackDebian(debianPackage, staging));
    await run(path, ['--version'], { timeout: 10_000 });
    return { path };
  } catch (error) {
    return { reason: `${name} is missing (${firstLine(error)}); install it with: apt-get install ${debianPackage}` };
  }
}

/** Finds a program that comes with the system, on the PATH. Never throws. */
export async function installedProgram(name: string): Promise<Peer> {
  const path = await onPath(name);
  return path === undefined ? { reason: `${name} is missing on this machine` } : { path };
}

/** Path of the program; without one it says why, and how to get it, and skips the test that asks. */
export function pathOrSkip(peer: Peer, context: Pick<TestContext, 'skip'>): string {
  if (peer.path !== undefined) return peer.path;
  console.warn(`skipped: ${peer.reason}`);
  return context.skip(peer.reason);
}

/** Finds another version of Node.js: in the cache, then in the npm registry's platform package. Never throws. */
export async function nodeBinary(major: keyof typeof OTHER_NODE_VERSIONS): Promise<Peer> {
  const version = OTHER_NODE_VERSIONS[major];
  if (platform() !== 'linux' || (arch() !== 'x64' && arch() !== 'arm64')) {
    return { reason: `Node.js ${version} is only fetched on linux x64 and arm64; run the tests there.` };
  }
  const name = `node-linux-${arch()}`;
  const folder = join(CACHE, `node-${version}`);
  const path = join(folder, 'node_modules', name, 'bin', 'node');
  try {
    if (!(await isExecutable(path))) {
      await provide(folder, path, async (staging) => {
        const options = [
          '--prefix',
          staging,
          '--no-save',
          '--no-audit',
          '--no-fund',
          '--ignore-scripts',
          '--prefer-offline',
        ];
        await run('npm', ['install', ...options, `${name}@${version}`], { cwd: staging, timeout: FETCH_TIMEOUT_MS });
      });
    }
    const { stdout } = await run(path, ['--version'], { timeout: 10_000 });
    if (stdout.trim() !== `v${version}`) throw new Error(`it says that it is ${stdout.trim()}`);
    return { path };
  } catch (error) {
    const mend = `npm install --prefix ${folder} ${name}@${version}`;
    return { reason: `Node.js ${version} is missing (${firstLine(error)}); get it with: ${mend}` };
  }
}

/**
 * Finds a package that is only measured, in this version: in the cache, then in the npm registry. Its path is that of the folder
 * from which it is found by its name. No script of it is run. Never throws.
 */
export async function npmPackage(name: string, version: string): Promise<Peer> {
  const folder = join(CACHE, `${name.replace('/', '+')}-${version}`);
  try {
    const inside = join(folder, 'node_modules', name);
    if (!(await isExecutable(inside))) {
      await provide(folder, inside, async (staging) => {
        const options = ['--prefix', staging, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
        await run('npm', ['install', ...options, `${name}@${version}`], { cwd: staging, timeout: FETCH_TIMEOUT_MS });
      });
    }
    return { path: folder };
  } catch (error) {
    return { reason: `${name} ${version} is missing (${firstLine(error)})` };
  }
}

/** Fills a folder completely or not at all, also when several test processes want it at once. */
async function provide(folder: string, program: string, fill: (staging: string) => Promise<void>): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const staging = await mkdtemp(join(CACHE, '.staging-'));
  try {
    await fill(staging);
    // Another process may have been faster and be running its copy already: then that one stays.
    if (await isExecutable(program)) return;
    await rm(folder, { recursive: true, force: true });
    await rename(staging, folder);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function unpackDebian(debianPackage: string, staging: string): Promise<void> {
  const options = { cwd: staging, timeout: FETCH_TIMEOUT_MS };
  try {
    await run('apt-get', ['download', debianPackage], options);
  } catch (error) {
    // The lists of packages may be missing, as in fresh containers; only root can fetch them.
    if (process.getuid?.() !== 0) throw error;
    await run('apt-get', ['update'], options);
    await run('apt-get', ['download', debianPackage], options);
  }
  const archive = (await readdir(staging)).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error('apt-get brought no package');
  await run('dpkg', ['-x', archive, '.'], options);
  await rm(join(staging, archive));
}

/** Installs a package and gives the path of its program. Debian starts no service where none is managed. */
async function installDebian(debianPackage: string, name: string): Promise<string> {
  if (process.getuid?.() !== 0) throw new Error('only root can install it');
  const options = { timeout: FETCH_TIMEOUT_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const install = ['install', '-y', '-q', '--no-install-recommends', debianPackage];
  // Two test files may want it at once: apt waits for the other one's lock.
  const wait = ['-o', 'DPkg::Lock::Timeout=120'];
  try {
    await run('apt-get', [...wait, ...install], options);
  } catch {
    await run('apt-get', [...wait, 'update'], options);
    await run('apt-get', [...wait, ...install], options);
  }
  const path = await onPath(name);
  if (path === undefined) throw new Error(`${debianPackage} brought no ${name}`);
  return path;
}

async function onPath(name: string): Promise<string | undefined> {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS]) {
    const path = join(folder, name);
    if (folder !== '' && (await isExecutable(path))) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function firstLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  const lines = (stderr?.trim() || message || String(error)).split('\n');
  const line = lines.find((text) => !/^(?:npm warn|W:)/.test(text)) ?? '';
  return line.slice(0, 200);
}
