import type { Incident, IncidentFilter } from '../incident/incident.ts';

/** The fields an incident can be looked up by. */
export const filterFields = ['job', 'state', 'type', 'category', 'operator'] as const;
const ownFields = ['state', 'type', 'category', 'operator'] as const;

/** Whether every field the filter names is equal; an incident belongs to each job that stands because of it. */
export function matchesFilter(incident: Incident, { job, ...filter }: IncidentFilter): boolean {
  if (job !== undefined && !incident.jobs.includes(job)) return false;
  return ownFields.every((field) => filter[field] === undefined || incident[field] === filter[field]);
}
