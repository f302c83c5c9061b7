import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
// @ts-expect-error: a script, without types
import { REPORT_READER_TYPES, reportReaderText } from '../../../proto/scripts/report-reader.mjs';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PROTO = join(ROOT, 'proto');
const ENVIRONMENT = { ...process.env, PATH: join(ROOT, 'node_modules', '.bin') + delimiter + process.env.PATH };
let copy: string;

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'streamgauge-schema-'));
  for (const name of ['streamgauge', 'baseline', 'buf.yaml', 'buf.gen.yaml']) {
    cpSync(join(PROTO, name), join(copy, name), { recursive: true });
  }
});

afterEach(() => {
  rmSync(copy, { recursive: true, force: true });
});

/** Output of a run of buf on the copy; empty when buf is content. */
function buf(...args: readonly string[]): string {
  try {
    return execFileSync('buf', args, { cwd: copy, env: ENVIRONMENT, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    return `${stdout ?? ''}${stderr ?? ''}` || String(error);
  }
}

function edit(file: string, from: string | RegExp, to: string): void {
  const path = join(copy, 'streamgauge/v1', file);
  const before = readFileSync(path, 'utf8');
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
}

test('the generated code is what the schema generates', () => {
  expect(buf('generate')).toBe('');
  const files = readdirSync(join(PROTO, 'gen/streamgauge/v1'))
    .filter((file) => !file.startsWith('report_reader.'))
    .sort();
  expect(readdirSync(join(copy, 'gen/streamgauge/v1')).sort()).toEqual(files);
  for (const file of files) {
    const committed = readFileSync(join(PROTO, 'gen/streamgauge/v1', file), 'utf8');
    expect(readFileSync(join(copy, 'gen/streamgauge/v1', file), 'utf8'), `${file}: run npm run proto`).toBe(committed);
  }
});

test('the generated reader of reports is what the schema generates', () => {
  const committed = (extension: string): string =>
    readFileSync(join(PROTO, `gen/streamgauge/v1/report_reader.${extension}`), 'utf8');
  expect(reportReaderText(), 'run npm run proto').toBe(committed('js'));
  expect(REPORT_READER_TYPES, 'run npm run proto').toBe(committed('d.ts'));
});

test('the schema keeps the rules of buf lint, and a breach is seen', () => {
  expect(buf('lint')).toBe('');
  edit('link.proto', 'string monitor_version', 'string MonitorVersion');
  expect(buf('lint')).toContain('MonitorVersion');
});

test('the schema breaks no peer of the baseline, and a breach is seen', () => {
  const breaking = () => buf('breaking', '--against', 'baseline/v1.binpb');
  expect(breaking()).toBe('');
  edit('report.proto', 'uint64 epoch = 5;', 'uint64 epoch = 5;\n  uint64 added_later = 99;');
  expect(breaking()).toBe('');
  edit('report.proto', 'uint64 sequence = 1;', 'uint32 sequence = 1;');
  expect(breaking()).toContain('sequence');
});

test('every message, field and value of an enum says what it means', () => {
  const silent: string[] = [];
  for (const file of readdirSync(join(PROTO, 'streamgauge/v1'))) {
    const lines = readFileSync(join(PROTO, 'streamgauge/v1', file), 'utf8').split('\n');
    for (const [index, line] of lines.entries()) {
      const declares = /^(message|enum) |^ {2,4}[\w. ]+ = \d+;$/.test(line);
      if (declares && !/^\s*\/\//.test(lines[index - 1] ?? '')) silent.push(`${file}:${index + 1} ${line.trim()}`);
    }
  }
  expect(silent).toEqual([]);
});
