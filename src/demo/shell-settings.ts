/** Settings that are meant for the user's own monitor, workers and collector. */
const FOREIGN = /^(?:STREAMGAUGE_|OTEL_|NODE_OPTIONS$|NODE_V8_COVERAGE$)/;

/** Takes the settings of the shell out of an environment: they would break the demo's bounds, and export its metrics. */
export function forgetShellSettings(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(environment)) if (FOREIGN.test(name)) delete environment[name];
}
