import type { Incident } from '../incident/incident.ts';
import { onOneLine } from '../printable.ts';
import type { IncidentListener } from './listener.ts';

/** Incidents of which the last line is remembered; beyond it the one that was told longest ago is forgotten. */
const maxRemembered = 1000;

/**
 * Writes one line per event, for the terminal or the log of the process that runs the monitor. While an incident lasts its evidence
 * is taken again and again: an update that would repeat the line before, but for how long it has lasted, is left out.
 */
export function consoleListener(write: (line: string) => void): IncidentListener {
  const told = new Map<string, string>();
  return {
    name: 'console',
    onIncident: (incident, { event }) => {
      const said = essenceOf(incident);
      if (event === 'incident.updated' && told.get(incident.id) === said) return;
      told.delete(incident.id);
      if (event !== 'incident.resolved') told.set(incident.id, said);
      if (told.size > maxRemembered) told.delete(told.keys().next().value as string);
      write(`${onOneLine(incidentLine(event.slice('incident.'.length), incident))}\n`);
    },
  };
}

function incidentLine(what: string, incident: Incident): string {
  const { severity, type, category, mechanism, summary, id, evidence } = incident;
  const place = evidence.location === null ? '' : ` at ${evidence.location.file}:${evidence.location.line}`;
  return `${what.toUpperCase()} ${severity} ${type} ${category}/${mechanism}${place}: ${summary} [${id}]`;
}

function essenceOf({ severity, category, mechanism, operator, victims, evidence: { location } }: Incident): string {
  return JSON.stringify([severity, category, mechanism, operator, victims.length, location?.file, location?.line]);
}
