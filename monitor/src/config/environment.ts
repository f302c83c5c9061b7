import { nearestKey } from './nearest-key.ts';

/** Which setting an environment variable sets, and how its text becomes a value. */
const variables: Readonly<Record<string, { readonly key: string; readonly kind: 'text' | 'number' }>> = {
  STREAMGAUGE_HOST: { key: 'host', kind: 'text' },
  STREAMGAUGE_PORT: { key: 'port', kind: 'number' },
  STREAMGAUGE_DATA: { key: 'dataDir', kind: 'text' },
  STREAMGAUGE_TOKEN: { key: 'token', kind: 'text' },
  STREAMGAUGE_TOKEN_FILE: { key: 'tokenFile', kind: 'text' },
  STREAMGAUGE_STALL_AFTER_MS: { key: 'stallAfterMs', kind: 'number' },
  STREAMGAUGE_CHECK_INTERVAL_MS: { key: 'checkIntervalMs', kind: 'number' },
  STREAMGAUGE_LOOP_BLOCKED_MS: { key: 'loopBlockedMs', kind: 'number' },
  STREAMGAUGE_WORKER_LOST_AFTER_MS: { key: 'workerLostAfterMs', kind: 'number' },
  STREAMGAUGE_RESOLVE_AFTER_MS: { key: 'resolveAfterMs', kind: 'number' },
  STREAMGAUGE_REPORT_INTERVAL_MS: { key: 'reportIntervalMs', kind: 'number' },
  STREAMGAUGE_MARKER_INTERVAL_MS: { key: 'markerIntervalMs', kind: 'number' },
  STREAMGAUGE_RETENTION_MS: { key: 'retentionMs', kind: 'number' },
  STREAMGAUGE_SNAPSHOT_SCHEDULE: { key: 'snapshotSchedule', kind: 'text' },
  STREAMGAUGE_LOG: { key: 'log', kind: 'text' },
};

/** Their names. */
export const environmentVariables: readonly string[] = Object.keys(variables);

/** Variables of the agent and of the command line, which the monitor leaves alone; those that it shares with them stand above. */
const foreignVariables = [
  'STREAMGAUGE_MONITOR_URL',
  'STREAMGAUGE_JOB',
  'STREAMGAUGE_WORKER',
  'STREAMGAUGE_WORKER_OWNER',
  'STREAMGAUGE_DISABLED',
  'STREAMGAUGE_BROKER_HEADERS',
  'STREAMGAUGE_FEATURES_OFF',
  'STREAMGAUGE_ALLOW_COMMANDS',
  'STREAMGAUGE_HEAP_DUMP_DIR',
  'STREAMGAUGE_CONFIG',
  'STREAMGAUGE_TLS_CA_FILE',
  'STREAMGAUGE_TLS_CERT_FILE',
  'STREAMGAUGE_TLS_KEY_FILE',
];

/** The settings found in the environment, each with the variable it came from, and a line per unknown variable. */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): {
  readonly values: ReadonlyMap<string, { readonly value: unknown; readonly label: string }>;
  readonly warnings: readonly string[];
} {
  const values = new Map<string, { value: unknown; label: string }>();
  const warnings: string[] = [];
  const known = [...environmentVariables, ...foreignVariables];
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith('STREAMGAUGE_') || text === undefined || text === '') continue;
    const variable = variables[name];
    if (variable !== undefined) {
      const value = variable.kind === 'number' ? toNumber(text) : text;
      values.set(variable.key, { value, label: `${name} in the environment` });
    } else if (!foreignVariables.includes(name)) {
      const nearest = nearestKey(name, known);
      const hint = nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
      warnings.push(`The environment variable ${name} is unknown and was ignored${hint}.`);
    }
  }
  return { values, warnings };
}

/** Text that is not a plain number stays text, so that the schema reports it as it was written. */
function toNumber(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
}
