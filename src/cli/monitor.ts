import { setFlagsFromString } from 'node:v8';
import { consoleListener, loadConfig, startMonitor } from '@streamgauge/monitor';

/** Options of `streamgauge monitor`. */
export interface MonitorCommandOptions {
  readonly host?: string;
  readonly port?: string;
  readonly data?: string;
  readonly config?: string;
  readonly tokenFile?: string;
}

/** Tells of incidents on stdout, one line each. */
const CONSOLE = consoleListener((line) => void process.stdout.write(line));

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Runs the monitor until it is told to end; gives the exit code. Throws MonitorError for what an operator did wrong. */
export async function runMonitor(options: MonitorCommandOptions): Promise<number> {
  const told = Promise.withResolvers<void>();
  let asked = 0;
  const end = (signal: NodeJS.Signals): void => {
    asked += 1;
    // The second time means now.
    if (asked > 1) process.exit(signal === 'SIGINT' ? 130 : 143);
    told.resolve();
  };
  for (const signal of SIGNALS) process.on(signal, end);
  // Whoever read the address or the log may close the pipe; the monitor goes on.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});

  // V8 takes a process that mostly waits for an idle one, and collects all of its heap every eight seconds (memory-reducer.cc): with
  // thousands of workers each time holds everything up for 150 ms. Left alone it does so when the heap has grown.
  setFlagsFromString('--no-memory-reducer');
  const config = await loadConfig({
    commandLine: { host: options.host, port: options.port, dataDir: options.data, tokenFile: options.tokenFile },
    file: options.config,
    onWarning: (message) => process.stderr.write(`streamgauge: ${message}\n`),
  });
  // Whoever configures a console of their own gets that one.
  const ownConsole = config.listeners.some(({ name }) => name === CONSOLE.name);
  const listeners = ownConsole ? config.listeners : [...config.listeners, CONSOLE];
  const monitor = await startMonitor({ ...config, listeners });
  process.stdout.write(`streamgauge monitor at ${monitor.url}\n`);
  if (config.dataDir === undefined) {
    process.stdout.write('Nothing is kept after its end: no data folder was given (--data).\n');
  }
  // What supervisors send to have files read anew. In a terminal it means that the terminal is gone, and the monitor goes as well.
  if (!process.stdin.isTTY) process.on('SIGHUP', () => void monitor.lookAtFiles());
  await told.promise;
  await monitor.close();
  return 0;
}
