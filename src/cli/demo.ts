import { styleText } from 'node:util';
import { playDemo } from '../demo/demo.ts';
import type { Fault } from '../demo/fault.ts';
import { createJsonReporter } from '../demo/json-reporter.ts';
import { forgetShellSettings } from '../demo/shell-settings.ts';
import { createTextReporter } from '../demo/text-reporter.ts';

/** Options of `streamgauge demo`. */
export interface DemoCommandOptions {
  readonly once?: boolean;
  readonly json?: boolean;
  readonly fault?: Fault | 'none';
  /** False for --no-ui. */
  readonly ui: boolean;
  /** Seconds. */
  readonly duration?: number;
}

const QUIET_SECONDS = 60;
/** What shells report for a command that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130;

/** Runs the demo; gives the exit code: 0 when everything was seen in time, or when an endless demo was stopped. */
export async function runDemo(options: DemoCommandOptions): Promise<number> {
  forgetShellSettings(process.env);
  const stop = new AbortController();
  let interrupted = false;
  const interrupt = (): void => {
    // Who asks twice does not want to wait for the cleaning up; the temporary folder still goes.
    if (interrupted) process.exit(EXIT_INTERRUPTED);
    interrupted = true;
    stop.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  process.on('SIGHUP', interrupt);
  // The reader has seen enough (`| head -1`): the demo ends, and that is no fault.
  process.stdout.on('error', () => stop.abort());

  const write = (text: string): void => void process.stdout.write(text);
  const terminal = process.stdout.isTTY === true && process.env.TERM !== 'dumb';
  const reporter = options.json
    ? createJsonReporter(write)
    : createTextReporter({
        write,
        // Looks at the stream, NO_COLOR and FORCE_COLOR by itself.
        paint: (style, text) => styleText(style, text, { stream: process.stdout }),
        terminal,
        ui: options.ui,
      });

  const once = options.once === true;
  const end = await playDemo({
    fault: options.fault,
    once,
    quietMs: (options.duration ?? QUIET_SECONDS) * 1000,
    reporter,
    signal: stop.signal,
  });
  if (interrupted) return once ? EXIT_INTERRUPTED : 0;
  if (!end.ok && options.json) process.stderr.write(`streamgauge: ${end.reason}\n`);
  return end.ok ? 0 : 1;
}
