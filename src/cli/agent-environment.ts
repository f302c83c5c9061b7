import { CliError } from '../errors.ts';

/** Settings that `run` hands to the agent; what is absent stays as the environment has it. */
export interface AgentOptions {
  readonly job?: string | undefined;
  readonly worker?: string | undefined;
  /** WebSocket address. */
  readonly monitorUrl?: string | undefined;
}

/** Gives the environment in which every Node.js program starts with the agent; registerUrl: file URL of its registration. */
export function agentEnvironment(
  environment: NodeJS.ProcessEnv,
  options: AgentOptions,
  registerUrl: string,
): NodeJS.ProcessEnv {
  const settings = {
    STREAMGAUGE_JOB: options.job,
    STREAMGAUGE_WORKER: options.worker,
    STREAMGAUGE_MONITOR_URL: options.monitorUrl,
  };
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  return {
    ...environment,
    ...Object.fromEntries(given),
    NODE_OPTIONS: [environment.NODE_OPTIONS, ...nodeOptions(registerUrl)].filter(Boolean).join(' '),
  };
}

/** Where the agent's registration is, as a file URL. Throws CliError SG_CLI_USAGE when the agent is not installed. */
export function agentRegisterUrl(): string {
  try {
    return import.meta.resolve('@streamgauge/agent/register');
  } catch {
    throw new CliError('SG_CLI_USAGE', 'the package @streamgauge/agent is missing; install streamgauge again.', 1);
  }
}

function nodeOptions(registerUrl: string): readonly string[] {
  // A URL has no space and no quote in it, so that it needs no quoting in NODE_OPTIONS.
  const attach = `--import=${new URL(registerUrl).href}`;
  // Run from source, the agent finds its own packages' sources only under the same condition.
  return registerUrl.endsWith('.ts') ? ['--conditions=streamgauge-source', attach] : [attach];
}
