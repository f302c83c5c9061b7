import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeBinary, type Peer, pathOrSkip } from '../support/peers.ts';
import { ROOT } from '../support/repository.ts';

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 180_000;
/** An empty folder of a user, with the packages installed as they would come from a registry. */
let folder: string;
let node20: Peer;
let contents: Record<string, string[]>;

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'streamgauge-pack-'));
  node20 = await nodeBinary(20);
  // Built already by `npm test`; scripts are left out, so that packing does not build below the feet of other tests.
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, '--include-workspace-root'];
  const workspaces = ['proto', 'agent', 'monitor'].flatMap((name) => ['--workspace', name]);
  const { stdout } = await run('npm', [...pack, ...workspaces], { cwd: ROOT, timeout: INSTALL_TIMEOUT_MS });
  contents = filesByName(JSON.parse(stdout));
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  const archives = readdirSync(folder)
    .filter((name) => name.endsWith('.tgz'))
    .map((name) => `./${name}`);
  expect(archives).toHaveLength(4);
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', ...archives];
  await run('npm', install, { cwd: folder, timeout: INSTALL_TIMEOUT_MS });
}, 2 * INSTALL_TIMEOUT_MS);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Packed {
  readonly name: string;
  readonly files: readonly { readonly path: string }[];
}

/** npm 12 prints an object by package name, older ones a list. */
function filesByName(printed: readonly Packed[] | Readonly<Record<string, Packed>>): Record<string, string[]> {
  return Object.fromEntries(Object.values(printed).map(({ name, files }) => [name, files.map(({ path }) => path)]));
}

async function execute(program: string, args: readonly string[]): Promise<Outcome> {
  // Nothing of this repository's conditions or paths may help the installed packages.
  const { NODE_OPTIONS, NODE_PATH, ...env } = process.env;
  try {
    const { stdout, stderr } = await run(program, args, { cwd: folder, env, timeout: 30_000 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

const CLI = join('node_modules', 'streamgauge', 'dist', 'cli', 'main.js');

/** Source of a program that imports a package and prints how many names it gives. */
function counting(name: string): string[] {
  return ['--input-type=module', '--eval', `console.log(Object.keys(await import('${name}')).length)`];
}

describe('the four packages, installed into an empty folder', () => {
  test.each(['streamgauge', '@streamgauge/proto', '@streamgauge/agent', '@streamgauge/monitor'])(
    'carry what %s needs, and nothing of its tests and sources',
    (name) => {
      const files = contents[name] ?? [];
      expect(files).toContain('dist/index.js');
      expect(files).toContain('dist/index.d.ts');
      expect(files).toContain('LICENSE');
      expect(
        files.filter((path) => /(?:^|\/)(?:src|test|node_modules)\/|\.tsbuildinfo$|(?<!\.d)\.ts$/.test(path)),
      ).toEqual([]);
    },
  );

  test('carry the manual and the schema of the protocol', () => {
    expect(contents['@streamgauge/proto']).toEqual(
      expect.arrayContaining(['PROTOCOL.md', 'streamgauge/v1/link.proto', 'gen/streamgauge/v1/link_pb.js']),
    );
  });

  test('streamgauge --version prints the version', async () => {
    const outcome = await execute(process.execPath, [CLI, '--version']);
    expect(outcome).toMatchObject({ code: 0, stdout: '0.1.0\n', stderr: '' });
    expect(existsSync(join(folder, 'node_modules', '.bin', 'streamgauge'))).toBe(true);
  });

  test.each(['streamgauge', '@streamgauge/agent', '@streamgauge/monitor', '@streamgauge/proto'])(
    '%s can be imported and gives something',
    async (name) => {
      const outcome = await execute(process.execPath, counting(name));
      expect(outcome.stderr).toBe('');
      expect(Number(outcome.stdout)).toBeGreaterThan(0);
    },
  );

  test('agent and protocol can be imported by Node.js 20', async (context) => {
    const node = pathOrSkip(node20, context);
    for (const name of ['@streamgauge/agent', '@streamgauge/proto']) {
      const outcome = await execute(node, counting(name));
      expect(outcome.stderr).toBe('');
      expect(Number(outcome.stdout)).toBeGreaterThan(0);
    }
  });

  test('the agent is attached on Node.js 20 without a monitor, and the program stays as it is', async (context) => {
    const node = pathOrSkip(node20, context);
    const outcome = await execute(node, [
      '--import',
      '@streamgauge/agent/register',
      '--eval',
      'console.log(1); process.exitCode = 3',
    ]);
    expect(outcome).toMatchObject({ code: 3, stdout: '1\n', stderr: '' });
  });

  test('streamgauge monitor on Node.js 20 says in one sentence which version it needs', async (context) => {
    const node = pathOrSkip(node20, context);
    const outcome = await execute(node, [CLI, 'monitor', '--port', '0']);
    expect(outcome.code).not.toBe(0);
    expect(outcome.stdout).toBe('');
    expect(outcome.stderr.trim().split('\n')).toHaveLength(1);
    expect(outcome.stderr).toContain('24');
    expect(outcome.stderr).not.toMatch(/\bat .*:\d+:\d+/);
  });
});
