import { CliError } from '../errors.ts';

/** The oldest Node.js that the monitor runs on: it keeps its data in the runtime's own node:sqlite. */
const MONITOR_NODE_MAJOR = 24;

/** Throws CliError SG_CLI_NODE_VERSION when this Node.js is too old for a command that needs the monitor. */
export function requireMonitorNode(command: string, version: string = process.versions.node): void {
  if (Number.parseInt(version, 10) >= MONITOR_NODE_MAJOR) return;
  throw new CliError(
    'SG_CLI_NODE_VERSION',
    `streamgauge ${command} needs Node.js ${MONITOR_NODE_MAJOR} or later; this is v${version}. The agent and \`streamgauge run\` work here.`,
    2,
  );
}
