import type { Incident } from '../incident/incident.ts';
import type { IncidentListener } from './listener.ts';

/** Writes one line per event, for the terminal or the log of the process that runs the monitor. */
export function consoleListener(write: (line: string) => void): IncidentListener {
  return {
    name: 'console',
    onIncident: (incident, { event }) => {
      write(`${neutral(incidentLine(event.slice('incident.'.length), incident))}\n`);
    },
  };
}

function incidentLine(what: string, incident: Incident): string {
  const { severity, type, category, mechanism, summary, id, evidence } = incident;
  const place = evidence.location === null ? '' : ` at ${evidence.location.file}:${evidence.location.line}`;
  return `${what.toUpperCase()} ${severity} ${type} ${category}/${mechanism}${place}: ${summary} [${id}]`;
}

/** Names from workers must neither forge a line nor move the cursor. */
function neutral(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
