import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FrameOrigin } from '@streamgauge/proto';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawFrame } from '../../../../agent/src/sample/call-sites.ts';
import { frameMessages, locationMessage } from '../../../../agent/src/sample/frames.ts';
import { createSourceMaps, SOURCE_MAP_BOUNDS } from '../../../../agent/src/sample/source-maps.ts';
import { ROOT } from '../../../support/repository.ts';

const AGENT = '/app/node_modules/@streamgauge/agent/dist/';
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'streamgauge-maps-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
};
/** Line and column, from 1, of the first occurrence of a text in a file. */
const placeOf = (file: string, text: string): [number, number] => {
  const before = (readFileSync(file, 'utf8').split(text)[0] as string).split('\n');
  if (before.length === 0) throw new Error(`${text} is not in ${file}`);
  return [before.length, (before.at(-1) as string).length + 1];
};
const maps = (changes: Partial<typeof SOURCE_MAP_BOUNDS> = {}, nowMs = () => 0) =>
  createSourceMaps(nowMs, { ...SOURCE_MAP_BOUNDS, ...changes });

const SOURCE = `import { lookUp } from 'registry';

interface Record {
  readonly index: number;
}

export class Enrich {
  public async transform(record: Record): Promise<number> {
    const found: number = await lookUp(record.index);
    return found;
  }
}
`;

describe('a file that tsc has made', () => {
  beforeAll(() => {
    write('tsc/package.json', '{"type":"module"}');
    write('tsc/src/steps/enrich.ts', SOURCE);
    write(
      'tsc/src/registry.d.ts',
      `declare module 'registry' { export const lookUp: (index: number) => Promise<number>; }`,
    );
    for (const [out, how] of [
      ['beside', '--sourceMap'],
      ['inside', '--inlineSourceMap'],
    ] as const) {
      const options = `--outDir ${out} ${how} --rootDir src --module nodenext --target es2022 --types`.split(' ');
      const args = [...options, '', 'src/steps/enrich.ts', 'src/registry.d.ts'];
      execFileSync(join(ROOT, 'node_modules/.bin/tsc'), args, { cwd: join(folder, 'tsc'), stdio: 'pipe' });
    }
  });

  test.each(['beside', 'inside'])('with its map %s: a frame is told as its source', (out) => {
    const made = join(folder, 'tsc', out, 'steps/enrich.js');
    const source = join(folder, 'tsc/src/steps/enrich.ts');
    const [line, column] = placeOf(made, 'lookUp(record');
    const frames: RawFrame[] = [['Enrich.transform', `file://${made}`, line, column]];
    const [frame] = frameMessages(frames, AGENT, maps());
    expect([frame?.line, frame?.column]).toEqual(placeOf(source, 'lookUp(record'));
    expect(line).not.toBe(frame?.line);
    expect(frame).toMatchObject({ function: 'Enrich.transform', file: source, origin: FrameOrigin.USER });
  });

  test('a place is told as its source, and one of which only the line is known as its line', () => {
    const made = join(folder, 'tsc/beside/steps/enrich.js');
    const source = join(folder, 'tsc/src/steps/enrich.ts');
    const [line, column] = placeOf(made, 'transform(');
    expect(locationMessage({ function: 'transform', file: made, line, column }, maps())).toMatchObject({
      file: source,
      line: placeOf(source, 'transform(')[0],
    });
    const [awaiting] = placeOf(made, 'await lookUp');
    expect(locationMessage({ function: 'transform', file: made, line: awaiting, column: 0 }, maps())).toMatchObject({
      file: source,
      line: placeOf(source, 'await lookUp')[0],
      column: 0,
    });
  });
});

describe('a bundle', () => {
  let bundle = '';
  beforeAll(async () => {
    write('bundle/package.json', '{"type":"module"}');
    write('bundle/node_modules/registry/package.json', '{"name":"registry","type":"module","main":"index.js"}');
    write(
      'bundle/node_modules/registry/index.js',
      `export async function lookUp(index) {\n  await globalThis.never(index);\n}\n`,
    );
    const more = `\nexport async function runAll(index: number): Promise<unknown> {\n  return await innerStep(index);\n}\nasync function innerStep(index: number): Promise<unknown> {\n  return await new Enrich().transform({ index });\n}\n`;
    write('bundle/src/enrich.ts', SOURCE + more);
    await build({
      root: join(folder, 'bundle'),
      logLevel: 'silent',
      configFile: false,
      ssr: { noExternal: true },
      build: { ssr: 'src/enrich.ts', outDir: 'dist', sourcemap: true, minify: true, target: 'node20' },
    });
    bundle = join(folder, 'bundle/dist/enrich.js');
  });

  test('is told as the sources it was put together from, and what comes out of a package is the package’s', () => {
    const packaged = placeOf(bundle, 'globalThis.never');
    const own = placeOf(bundle, '.transform(');
    const [inner, outer] = frameMessages(
      [
        ['e', bundle, ...packaged],
        ['n', bundle, own[0], own[1] + 1],
      ],
      AGENT,
      maps(),
    );
    expect(inner).toMatchObject({
      file: join(folder, 'bundle/node_modules/registry/index.js'),
      line: 2,
      origin: FrameOrigin.DEPENDENCY,
    });
    const source = join(folder, 'bundle/src/enrich.ts');
    expect(outer).toMatchObject({ file: source, origin: FrameOrigin.USER });
    expect(outer?.line).toBe(placeOf(source, '.transform({')[0]);
  });

  test('a function whose name was made short has the one by which its caller calls it in the source', () => {
    const text = readFileSync(bundle, 'utf8');
    // The first such call is that of the package.
    const [, call] = text.matchAll(/return await (\w{1,2})\(/g);
    if (call === undefined) throw new Error(`no call in ${text}`);
    const at = placeOf(bundle, call[0]);
    const callee = placeOf(bundle, '.transform(');
    const frames: RawFrame[] = [
      [call[1] as string, bundle, ...callee],
      ['t', bundle, at[0], at[1] + 'return await '.length],
    ];
    expect(frameMessages(frames, AGENT, maps())[0]?.function).toBe('innerStep');
  });

  test('a line of which no column is known says nothing of a bundle on one line', () => {
    expect(maps().originalOf(bundle, placeOf(bundle, 'globalThis.never')[0], 0)).toBeUndefined();
  });
});

const hand = (sources: readonly string[], more: object = {}): string =>
  // Line 1, column 1 comes from line 1, column 1 of the first source; line 2 from line 8 of it.
  JSON.stringify({ version: 3, sources, names: [], mappings: 'AAAA;AAOA', ...more });
const withMap = (name: string, map: string, url = `${name.split('/').at(-1)}.map`): string => {
  write(`${name}.map`, map);
  return write(name, `one();\ntwo();\n//# sourceMappingURL=${url}\n`);
};

test('nor of a program on one line that comes from one long file', () => {
  // Three places of one line: lines 1, 2 and 65 of the source.
  const file = withMap('one/dist/x.js', hand(['a.ts'], { mappings: 'AAAA,IACA,IA+DA' }));
  expect(maps().originalOf(file, 1, 9)).toMatchObject({ line: 65 });
  expect(maps().originalOf(file, 1, 0)).toBeUndefined();
});

test('a package keeps its places, whatever maps it brings', () => {
  const file = withMap('app/node_modules/pg/dist/x.js', hand(['../../../../src/a.ts']));
  const [frame] = frameMessages([['query', file, 1, 1]], AGENT, maps());
  expect(frame).toMatchObject({ file, origin: FrameOrigin.DEPENDENCY });
  expect(locationMessage({ function: '', file, line: 1, column: 1 }, maps()).file).toBe(file);
});

describe('a source is named', () => {
  test.each([
    ['beside the map', ['../src/a.ts'], {}, 'src/a.ts'],
    ['below a root', ['a.ts'], { sourceRoot: '../lib' }, 'lib/a.ts'],
    ['as webpack does', ['webpack://shop/./src/a.ts?1a2b'], {}, 'src/a.ts'],
    ['as webpack does in a package', ['webpack://shop/./node_modules/pg/client.js'], {}, 'node_modules/pg/client.js'],
    ['with signs of a URL', ['../src/a%20b.ts'], {}, 'src/a b.ts'],
    [
      'in sections',
      [],
      { sections: [{ offset: { line: 0, column: 0 }, map: JSON.parse(hand(['../src/s.ts'])) }] },
      'src/s.ts',
    ],
  ])('%s', (_, sources, more, expected) => {
    write('named/package.json', '{}');
    const file = withMap('named/dist/x.js', hand(sources, more));
    const place = maps().originalOf(file, 2, 1);
    expect(place).toMatchObject({ file: join(folder, 'named', expected), line: 8, column: 1 });
  });

  test('by a foreign scheme: as it is, without a query; the bundler’s own code stays what it is', () => {
    const url = withMap('named/dist/y.js', hand(['https://host.example/a.ts?token=secret']));
    expect(maps().originalOf(url, 1, 1)?.file).toBe('https://host.example/a.ts');
    const own = withMap('named/dist/z.js', hand(['webpack://shop/webpack/bootstrap']));
    expect(maps().originalOf(own, 1, 1)).toBeUndefined();
  });
});

describe('a file keeps its place, and it is said why,', () => {
  test.each([
    ['the map is not there', 'nowhere.map', 'it is not there'],
    ['the map is elsewhere on the machine', '../../../../../../../../etc/hostname', 'it lies outside of the package'],
    ['the map is on another machine', 'https://host.example/x.map', 'it is not a file of this machine'],
    ['the map is something else', 'custom:x.map', 'it is not a file of this machine'],
    ['the map is a folder', '.', 'it is not there'],
    ['the map is none', 'x.js', 'it cannot be understood'],
  ])('when %s', (_, url, reason) => {
    write('kept/package.json', '{}');
    const file = withMap('kept/dist/x.js', hand(['a.ts']), url);
    const kept = maps();
    expect(kept.originalOf(file, 1, 1)).toBeUndefined();
    expect(kept.missing([file, '/other.js'])).toEqual([`source map of ${file}: ${reason}`]);
  });

  test.each([
    ['the map is large', { textBytes: 50 }, 'it is larger than'],
    ['its mappings are long', { mappings: 5 }, 'its mappings are longer than 5 characters'],
  ])('when %s', (_, bounds, reason) => {
    const file = withMap('kept/dist/y.js', hand(['a.ts']));
    const inline = write(
      'kept/dist/i.js',
      `one();\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(hand(['a.ts'])).toString('base64')}`,
    );
    const kept = maps(bounds);
    expect([kept.originalOf(file, 1, 1), kept.originalOf(inline, 1, 1)]).toEqual([undefined, undefined]);
    expect(kept.missing([file, inline, file]).join()).toContain(`source map of ${file} and of 1 more: ${reason}`);
  });

  test('when there is no time, until there is', () => {
    const file = withMap('kept/dist/z.js', hand(['a.ts']));
    let nowMs = 0;
    const kept = maps({ mappingsPerMs: 0.01 }, () => nowMs);
    expect(kept.originalOf(file, 1, 1)).toBeUndefined();
    expect(kept.missing([file])).toEqual([`source map of ${file}: there was no time to look for it`]);
    const patient = maps({ budgetMs: 10 }, () => (nowMs += 6));
    const other = withMap('kept/dist/w.js', hand(['a.ts']));
    expect(patient.originalOf(file, 1, 1)).toBeDefined();
    expect(patient.originalOf(other, 1, 1)).toBeDefined();
    const third = withMap('kept/dist/v.js', hand(['a.ts']));
    expect(patient.originalOf(third, 1, 1)).toBeUndefined();
    nowMs += 1000;
    expect(patient.originalOf(third, 1, 1)).toBeDefined();
    expect(patient.missing([third])).toEqual([]);
  });

  test('nothing is said of files that have no map, or are none', () => {
    const plain = write('kept/dist/plain.js', `const text = 'sourceMappingURL=x.map';\n`);
    const long = write('kept/dist/long.js', `run(${'x,'.repeat(5000)}1);`);
    const kept = maps();
    for (const file of [plain, long, '/nowhere/at/all.js', '', 'node:fs', folder, '\\\\server\\share\\x.js', 'data:']) {
      expect(kept.originalOf(file, 1, 1)).toBeUndefined();
    }
    expect(kept.missing([plain, long])).toEqual([]);
  });
});

test('a map is read once while there is room for it', () => {
  const files = ['d', 'e'].map((name) => withMap(`held/dist/${name}.js`, hand([`${name}.ts`])));
  const kept = maps();
  for (const file of files) expect(kept.originalOf(file, 1, 1)).toBeDefined();
  for (const file of files) rmSync(`${file}.map`);
  expect(files.map((file) => kept.originalOf(file, 2, 1)?.line)).toEqual([8, 8]);
});

test('what was looked up stays known when its map has gone for want of room', () => {
  const files = ['a', 'b', 'c'].map((name) => withMap(`held/dist/${name}.js`, hand([`${name}.ts`])));
  const kept = maps({ heldMappings: 10 });
  for (const file of files) expect(kept.originalOf(file, 1, 1)).toBeDefined();
  for (const file of files) rmSync(`${file}.map`);
  for (const file of files) expect(kept.originalOf(file, 1, 1)).toBeDefined();
  // The newest is still held; the others would have to be read again.
  expect(files.map((file) => kept.originalOf(file, 2, 1)?.line)).toEqual([undefined, undefined, 8]);
});

describe('code of the same repository is the user’s', () => {
  const originOf = (file: string): FrameOrigin | undefined =>
    frameMessages([['f', file, 1, 1]], AGENT, maps())[0]?.origin;

  test.each([
    ['a workspace, by where it lies', 'repo/packages/steps/index.js', FrameOrigin.USER],
    [
      'a workspace below node_modules, as --preserve-symlinks names it',
      'repo/node_modules/@acme/steps/index.js',
      FrameOrigin.USER,
    ],
    ['a package', 'repo/node_modules/pg/lib/client.js', FrameOrigin.DEPENDENCY],
    [
      'a package as pnpm lays it out',
      'repo/node_modules/.pnpm/pg@8.0.0/node_modules/pg/lib/client.js',
      FrameOrigin.DEPENDENCY,
    ],
    ['a package of pnpm’s by its link', 'repo/node_modules/linked/lib/client.js', FrameOrigin.DEPENDENCY],
    [
      'a package in an archive of Yarn’s',
      'repo/.yarn/cache/pg-npm-8.0.0-ab.zip/node_modules/pg/client.js',
      FrameOrigin.DEPENDENCY,
    ],
    [
      'a virtual one of Yarn’s',
      'repo/.yarn/__virtual__/pg-virtual-1/0/cache/pg-npm-8-a.zip/node_modules/pg/x.js',
      FrameOrigin.DEPENDENCY,
    ],
    [
      'a virtual workspace of Yarn’s',
      'repo/.yarn/__virtual__/steps-virtual-1/1/packages/steps/index.js',
      FrameOrigin.USER,
    ],
    ['the loader of Yarn’s', 'repo/.pnp.cjs', FrameOrigin.DEPENDENCY],
  ])('%s', (_, name, origin) => {
    write('repo/packages/steps/index.js', '');
    write('repo/node_modules/.pnpm/pg@8.0.0/node_modules/pg/lib/client.js', '');
    mkdirSync(join(folder, 'repo/node_modules/@acme'), { recursive: true });
    for (const [link, target] of [
      ['@acme/steps', '../../packages/steps'],
      ['linked', '.pnpm/pg@8.0.0/node_modules/pg'],
    ] as const) {
      rmSync(join(folder, 'repo/node_modules', link), { force: true });
      symlinkSync(target, join(folder, 'repo/node_modules', link));
    }
    expect(originOf(join(folder, name))).toBe(origin);
  });
});
