import type { Incident, IncidentFilter } from '../incident/incident.ts';

/** The fields an incident can be looked up by. */
export const filterFields = ['job', 'state', 'type', 'category', 'operator'] as const;

/** Whether every field the filter names is equal. */
export function matchesFilter(incident: Incident, filter: IncidentFilter): boolean {
  return filterFields.every((field) => filter[field] === undefined || incident[field] === filter[field]);
}
