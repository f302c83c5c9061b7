import { describe, expect, test } from 'vitest';
import { runCli } from '../harness/cli.ts';

/** One line on stderr, nothing on stdout, exit code 2. */
const mistakes: readonly (readonly [readonly string[], RegExp])[] = [
  [['moniter'], /unknown command 'moniter' \(Did you mean monitor\?\)/],
  [['--versoin'], /unknown option '--versoin' \(Did you mean --version\?\)/],
  [['monitor', '--prot', '1'], /unknown option '--prot' \(Did you mean --port\?\)/],
  [['monitor', '--port'], /option '--port <port>' argument missing/],
  [['monitor', 'extra'], /too many arguments/],
  [['monitor', '--', 'node'], /takes nothing after --/],
  [['demo', '--fault', 'hng'], /'hng' is invalid. Allowed choices are hang, spin, slow-sink, none/],
  [['attach'], /missing required argument 'pid'/],
  [['attach', 'app.mjs'], /'app\.mjs' is invalid for argument 'pid'\. It must be the id of a process/],
  [['detach', '0'], /It must be the id of a process/],
  [['attach', '1', '--monitor', 'localhost:4680'], /"localhost:4680" is not the address of a monitor/],
  [['dump'], /name either a process or a worker: dump 4711, or dump --worker orders-1/],
  [['dump', '4711', '--worker', 'w'], /name either a process or a worker/],
  [['demo', '--duration', '-1'], /number of seconds/],
  [['run'], /there is no command to run, as in: streamgauge run -- node app.mjs/],
  [['run', '--'], /there is no command to run/],
  [['run', '--', ''], /there is no command to run/],
  [['run', 'node', 'app.mjs', '--flag'], /put -- before the command to run: streamgauge run -- node app.mjs --flag/],
  [['run', '--jb', 'x', '--', 'node'], /unknown option '--jb' \(Did you mean --job\?\)/],
  [
    ['run', '--monitor', 'localhost:4680', '--', 'node'],
    /"localhost:4680" is not the address of a monitor; write it like ws:/,
  ],
];

describe.concurrent('a wrong call', () => {
  test.for(mistakes)('%j is answered with one line and exit code 2', async ([commandArguments, line]) => {
    const { code, stdout, stderr } = await runCli(commandArguments);
    expect(stderr).toMatch(line);
    expect(stderr).toMatch(/^streamgauge: (?!error:)[^\n]+\n$/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test('without a command prints the help on stderr', async () => {
    const { code, stdout, stderr } = await runCli([]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: streamgauge');
  });
});

test('--version prints the version of the package and nothing else', async () => {
  const { code, stdout, stderr } = await runCli(['--version']);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect([code, stderr]).toEqual([0, '']);
});

test.concurrent.for(
  [[], ['monitor'], ['run'], ['attach'], ['detach'], ['dump'], ['demo']].map((command) => [...command, '--help']),
)('%j explains itself with examples', async (commandArguments) => {
  const { code, stdout } = await runCli(commandArguments);
  expect(stdout).toMatch(/Examples:\n {2}\$ streamgauge /);
  expect(code).toBe(0);
});
