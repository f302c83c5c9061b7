import type { Principal } from './principal.ts';

/**
 * Everything that can be asked of the monitor, by route or by message:
 * `health` whether it is alive; `read` what it knows; `report` to speak as a worker; `sample` to take a stack in a worker;
 * `command` to change a worker.
 */
export type Action = 'health' | 'read' | 'report' | 'sample' | 'command';

/** The one place that says who may do what. Every route and every connection of a worker asks it. */
export function authorise(principal: Principal, action: Action): boolean {
  if (action === 'health') return true;
  return principal !== 'anonymous';
}
