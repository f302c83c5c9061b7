import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT, type SourceFile, sourceFiles } from '../support/repository.ts';
import { type Lockfile, thirdPartyClosure } from './dependency-closure.ts';

const PUBLISHED = ['.', 'proto', 'agent', 'monitor'];
const MAX_AGENT_PACKAGES = 3;
const MAX_LINES = 400;

function json<T>(path: string): T {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as T;
}

describe('what an agent brings into a worker', () => {
  test('is at most three packages of others', () => {
    const names = thirdPartyClosure(json<Lockfile>('package-lock.json'), 'agent');
    expect(names).toContain('ws');
    expect(names.length, `The agent installs ${names.join(', ')}.`).toBeLessThanOrEqual(MAX_AGENT_PACKAGES);
  });

  test('counts the dependencies of dependencies, and those of the protocol', () => {
    const packages: Lockfile['packages'] = {
      agent: { dependencies: { '@streamgauge/proto': '0.1.0', a: '1' } },
      proto: { dependencies: { b: '1' } },
      'node_modules/@streamgauge/proto': { link: true, resolved: 'proto' },
      'node_modules/a': { dependencies: { c: '1' } },
      'node_modules/a/node_modules/c': { optionalDependencies: { d: '1' } },
      'node_modules/b': {},
      'node_modules/c': { dependencies: { unrelated: '1' } },
      'node_modules/d': {},
    };
    expect(thirdPartyClosure({ packages }, 'agent')).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('files', () => {
  const faults = ({ path, text }: SourceFile): string[] => {
    const lines = text.split('\n').length - 1;
    return [
      // A long test file is a long list of stories, and splits less well than code.
      ...(lines > MAX_LINES && !path.startsWith('test/')
        ? [`${path} has ${lines} lines; split it by concept, at most ${MAX_LINES}.`]
        : []),
      ...(/^(?:utils?|helpers?|misc|common)\b/.test(basename(path)) ? [`${path} says nothing by its name.`] : []),
      ...(/^export default\b/m.test(text) && !path.endsWith('.config.ts') ? [`${path} has a default export.`] : []),
    ];
  };

  test.each(['proto/src', 'agent/src', 'monitor/src', 'src', 'test'])(
    'of %s are short and say what they are',
    (folder) => {
      expect(sourceFiles(folder).flatMap(faults)).toEqual([]);
    },
  );

  test('that are long, or named after nothing, are seen', () => {
    expect(faults({ path: 'src/x.ts', text: '\n'.repeat(401) })).toHaveLength(1);
    expect(faults({ path: 'src/x.ts', text: '\n'.repeat(400) })).toHaveLength(0);
    expect(faults({ path: 'src/utils.ts', text: '' })).toHaveLength(1);
    expect(faults({ path: 'src/x.ts', text: 'export default 1;\n' })).toHaveLength(1);
  });
});

describe('the published packages', () => {
  interface Manifest {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
    readonly dependencies?: Readonly<Record<string, string>>;
  }
  const manifests = PUBLISHED.map((folder) => json<Manifest>(join(folder, 'package.json')));
  const faults = (list: readonly Manifest[]): string[] =>
    list.flatMap(({ name, version, dependencies = {} }) => [
      ...(version === list[0]?.version ? [] : [`${name} has version ${version}, not ${list[0]?.version}.`]),
      ...Object.entries(dependencies)
        .filter(([dependency, wanted]) => dependency.startsWith('@streamgauge/') && wanted !== version)
        .map(([dependency, wanted]) => `${name} wants ${dependency} ${wanted}, not ${version}.`),
      ...Object.entries(dependencies)
        .filter(([, wanted]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(wanted))
        .map(([dependency, wanted]) => `${name} wants ${dependency} ${wanted}; name one exact version.`),
    ]);

  test('have one version, and want each other in exactly that one', () => {
    expect(manifests.map(({ name }) => name)).toEqual([
      'streamgauge',
      '@streamgauge/proto',
      '@streamgauge/agent',
      '@streamgauge/monitor',
    ]);
    expect(faults(manifests)).toEqual([]);
  });

  test('run no script when they are installed, and neither does what they bring along', () => {
    const scripts = PUBLISHED.flatMap((folder) => {
      const { scripts: named = {} } = json<{ readonly scripts?: Record<string, string> }>(join(folder, 'package.json'));
      return Object.keys(named).filter((name) => /^(?:pre|post)?install$/.test(name));
    });
    expect(scripts).toEqual([]);
    const lock = json<Lockfile>('package-lock.json');
    const brought = ['', 'proto', 'agent', 'monitor'].flatMap((folder) => thirdPartyClosure(lock, folder));
    const running = brought.filter((name) => lock.packages[`node_modules/${name}`]?.hasInstallScript === true);
    expect(brought).toContain('ws');
    expect(running).toEqual([]);
  });

  test('have the licence of the repository', () => {
    expect(manifests.map(({ license }) => license)).toEqual(Array(4).fill('Apache-2.0'));
    expect(readFileSync(join(ROOT, 'LICENSE'), 'utf8')).toContain('Apache License');
  });

  test('that have drifted apart are seen', () => {
    const a = { name: 'a', version: '1.0.0' };
    expect(faults([a, { name: 'b', version: '1.0.1' }])).toHaveLength(1);
    expect(faults([{ ...a, dependencies: { '@streamgauge/b': '0.9.0' } }])).toHaveLength(1);
    expect(faults([{ ...a, dependencies: { ws: '^8.0.0' } }])).toHaveLength(1);
  });
});
