import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../support/repository.ts';

const run = promisify(execFile);
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const EXAMPLES = ['container', 'kubernetes'].flatMap((folder) =>
  readdirSync(join(ROOT, 'examples', folder)).map((name) => `examples/${folder}/${name}`),
);
const DOCUMENTS = ['docs/attaching.md', ...EXAMPLES];

const variablesIn = (text: string): string[] => [...new Set(text.match(/\bSTREAMGAUGE_[A-Z_]+\b/g))];
const known = new Set(
  variablesIn(read('agent/src/config.ts') + read('agent/src/family.ts') + read('monitor/src/config/environment.ts')),
);

describe('what is written about attaching', () => {
  test.each(DOCUMENTS)('%s names only variables that the code reads', (path) => {
    expect(variablesIn(read(path)).filter((name) => !known.has(name))).toEqual([]);
  });

  test('names entries of the agent that exist, and commands with options that exist', () => {
    const { exports } = JSON.parse(read('agent/package.json')) as {
      readonly exports: Readonly<Record<string, unknown>>;
    };
    const program = read('src/cli/program.ts');
    for (const path of DOCUMENTS) {
      const text = read(path);
      for (const [, entry] of text.matchAll(/--(?:import|require) @streamgauge\/agent(\/\w+)/g)) {
        expect(Object.keys(exports), path).toContain(`.${entry}`);
      }
      for (const [, command] of text.matchAll(/`?streamgauge (monitor|run|attach|detach|dump|demo|top)\b/g)) {
        expect(program, `${path} names ${command}`).toContain(`.command('${command}')`);
      }
      for (const [call] of text.matchAll(/\bstreamgauge (?:attach|dump|monitor)\b.*/g)) {
        for (const [option] of call.matchAll(/--[a-z]+(?:-[a-z]+)*/g)) {
          expect(program, `${path}: ${option}`).toContain(option);
        }
      }
    }
  });

  test('has probes that the monitor answers without a token', () => {
    const routes = read('monitor/src/http/health-routes.ts');
    const paths = [...read('examples/kubernetes/worker.yaml').matchAll(/path: (\/\w+)$/gm)].map(([, path]) => path);
    expect(paths).toEqual(['/readyz', '/readyz', '/readyz']);
    for (const path of paths) expect(routes).toContain(`'${path}'`);
  });

  test.for(EXAMPLES.filter((path) => path.endsWith('.yaml')))('%s is YAML', async (path, context) => {
    const parse = 'import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))';
    const parsed = await run('python3', ['-c', parse, join(ROOT, path)]).catch((error: Error) => error);
    if (parsed instanceof Error) {
      if (/yaml\.(?:scanner|parser)/.test(parsed.message)) throw parsed;
      const reason = 'no YAML parser is at hand; install one with: apt-get install python3-yaml';
      console.warn(`skipped: ${reason}`);
      return context.skip(reason);
    }
    const [document] = JSON.parse(parsed.stdout) as readonly Record<string, unknown>[];
    expect(document).toBeTypeOf('object');
    if (path.includes('kubernetes')) expect(document).toMatchObject({ kind: 'Deployment', spec: { replicas: 2 } });
  });
});
