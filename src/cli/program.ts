import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CliError } from '../errors.ts';
import { requireMonitorNode } from './node-version.ts';

/** The process exits with this when it was called wrongly. */
const EXIT_USAGE = 2;
const EXIT_RUNTIME = 1;

/** Runs the command line; gives the exit code. Everything that an operator did wrong becomes one line on stderr. */
export async function main(argv: readonly string[]): Promise<number> {
  const { own, command } = splitCommand(argv);
  let exitCode = 0;
  const program = buildProgram(command, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...own], { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error);
  }
}

/** Everything after the first `--` belongs to the command that `run` starts, whatever it looks like. */
function splitCommand(argv: readonly string[]): { own: readonly string[]; command: readonly string[] | undefined } {
  const dashes = argv.indexOf('--');
  if (dashes < 0) return { own: argv, command: undefined };
  return { own: argv.slice(0, dashes), command: argv.slice(dashes + 1) };
}

function buildProgram(command: readonly string[] | undefined, done: (exitCode: number) => void): Command {
  const program = new Command('streamgauge')
    .description('Tells why a Node.js stream stopped: the operator, the line, the cause.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureHelp({ subcommandTerm: (each) => `${each.name()} ${each.usage()}` })
    .enablePositionalOptions()
    // The message is printed once, by report().
    .configureOutput({ outputError: () => {} })
    .addHelpText('after', examples(['streamgauge demo', 'streamgauge monitor', 'streamgauge run -- node app.mjs']));

  program
    .command('monitor')
    .description('run the monitor; its first line of output that contains http:// is its address')
    .option('--host <host>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <port>', 'port to listen on, 0 for any free one (default: 4680)')
    .option('--data <folder>', 'folder for what must outlive the monitor')
    .option('--config <file>', 'configuration file (default: streamgauge.config.{ts,mjs,js,json} in this folder)')
    .option('--token-file <file>', 'file with the token that workers and readers must present')
    .addHelpText('after', examples(['streamgauge monitor --data ./streamgauge-data', 'streamgauge monitor --port 0']))
    .action(async (options) => {
      requireMonitorNode('monitor');
      const { runMonitor } = await import('./monitor.ts');
      done(await runMonitor(options));
    });

  program
    .command('run')
    .usage('[options] -- <command> [arguments...]')
    .passThroughOptions()
    .description('run a Node.js program with the agent attached')
    .option('--job <job>', 'name of the job (default: name of the package or script)')
    .option('--worker <worker>', 'name of this worker (default: host and process id)')
    .option('--monitor <url>', 'address of the monitor (default: ws://127.0.0.1:4680)')
    .addHelpText('after', examples(['streamgauge run -- node app.mjs', 'streamgauge run --job index -- npm start']))
    .action(async (options) => {
      const { runCommand } = await import('./run.ts');
      done(await runCommand(options, command ?? []));
    })
    .allowExcessArguments()
    .hook('preAction', (_, action) => {
      const hint = 'streamgauge run -- node app.mjs';
      if (action.args.length > 0 && command === undefined) {
        throw usage(`put -- before the command to run: streamgauge run -- ${action.args.join(' ')}`);
      }
      if (action.args.length > 0) throw usage(`unexpected ${JSON.stringify(action.args[0])} before --, as in: ${hint}`);
      if (!command?.[0]) throw usage(`there is no command to run, as in: ${hint}`);
    });

  program
    .command('attach')
    .argument('<pid>', 'id of a running Node.js process', processId)
    .description('put the agent into a process that was started without it')
    .option('--job <job>', 'name of the job (default: name of the package or script)')
    .option('--worker <worker>', 'name of this worker (default: host and process id)')
    .option('--monitor <url>', 'address of the monitor (default: ws://127.0.0.1:4680)')
    .option('--token-file <file>', 'file with the token that the monitor asks for')
    .option('--agent <folder>', 'where the process finds @streamgauge/agent (default: where this command has it)')
    .addHelpText('after', examples(['streamgauge attach 4711', 'streamgauge attach 4711 --job orders']))
    .action(async (pid, options) => {
      const { runAttach } = await import('./attach.ts');
      done(await runAttach(pid, options));
    });

  program
    .command('detach')
    .argument('<pid>', 'id of a process that has the agent', processId)
    .description('take the agent out of a process, however it came in')
    .addHelpText('after', examples(['streamgauge detach 4711']))
    .action(async (pid) => {
      const { runDetach } = await import('./attach.ts');
      done(await runDetach(pid));
    });

  program
    .command('dump')
    .argument('[pid]', 'id of a running Node.js process', processId)
    .description('tell what a process does now: its stack, what it waits for, its operators')
    .option('--worker <worker>', 'name of a worker that is connected to the monitor, instead of a process')
    .option('--monitor <url>', 'address of the monitor (default: http://127.0.0.1:4680)')
    .option('--token-file <file>', 'file with the token that the monitor asks for')
    .option('--json', 'one JSON object instead of text')
    .addHelpText('after', examples(['streamgauge dump 4711', 'streamgauge dump --worker orders-1 --json']))
    .action(async (pid, options) => {
      const { runDump } = await import('./dump/run-dump.ts');
      done(await runDump(pid, options));
    });

  program
    .command('close-inspector', { hidden: true })
    .argument('<pid>', '', processId)
    .argument('<startTicks>')
    .argument('[known]')
    .action(async (pid, startTicks, known = '') => {
      const { watchAndClose } = await import('./target/watch-and-close.ts');
      await watchAndClose(pid, startTicks, new Set(known.split(',')));
    });

  program
    .command('demo')
    .description('watch it work: a monitor, a real worker, and a fault that is put in and taken out again')
    .option('--once', 'one fault, then exit: 0 when its incident was opened and resolved in time, else 1')
    .option('--json', 'one JSON object per line instead of text')
    .addOption(
      new Option('--fault <fault>', 'what goes wrong (default: one after the other, with --once: hang)').choices([
        'hang',
        'spin',
        'slow-sink',
        'none',
      ]),
    )
    .option('--no-ui', 'do not point to the page of the monitor')
    .option('--duration <seconds>', 'length of a round without a fault (default: 60)', seconds)
    .addHelpText('after', examples(['streamgauge demo', 'streamgauge demo --once --json --fault spin']))
    .action(async (options) => {
      requireMonitorNode('demo');
      const { runDemo } = await import('./demo.ts');
      done(await runDemo(options));
    });

  for (const each of program.commands) {
    if (each.name() === 'run') continue;
    each.hook('preAction', () => {
      if (command !== undefined && command.length > 0) throw usage(`streamgauge ${each.name()} takes nothing after --`);
    });
  }
  return program;
}

/** One line on stderr for a mistake of the operator; the whole error for a fault of ours. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // Help and version arrive here, too, already printed.
    if (error.exitCode === 0) return 0;
    if (error.code === 'commander.help') return EXIT_USAGE;
    const [first = '', ...rest] = error.message.split('\n');
    complain([first.replace(/^error: /, ''), ...rest].join(' '));
    return EXIT_USAGE;
  }
  if (error instanceof CliError) {
    complain(error.message);
    return error.exitCode;
  }
  if (isOperatorError(error)) {
    complain(error.message);
    return error.code.includes('CONFIG') ? EXIT_USAGE : EXIT_RUNTIME;
  }
  process.stderr.write(`streamgauge: ${error instanceof Error ? error.stack : String(error)}\n`);
  return EXIT_RUNTIME;
}

function complain(message: string): void {
  process.stderr.write(`streamgauge: ${message.replace(/\s*\n\s*/g, ' ')}\n`);
}

/** Errors of the monitor and the agent that carry one of their codes. Told by shape: neither package may be loaded for it. */
function isOperatorError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('SG_');
}

function usage(message: string): CliError {
  return new CliError('SG_CLI_USAGE', message, EXIT_USAGE);
}

function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(?:\.\d+)?$/.test(text) || value <= 0) throw new InvalidArgumentError('It must be a number of seconds.');
  return value;
}

function processId(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 2 ** 31 - 1)
    throw new InvalidArgumentError('It must be the id of a process.');
  return value;
}

function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`;
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}
