import { setTimeout as sleep } from 'node:timers/promises';
import type { Incident } from '@streamgauge/monitor';
import { CliError } from '../errors.ts';
import type { FaultPlan } from './fault.ts';
import { LOCATED_WITHIN_MS, openedWithinMs, RESOLVED_WITHIN_MS } from './limits.ts';
import type { Reporter } from './reporter.ts';
import type { Stage } from './stage.ts';

/**
 * Puts a fault in, waits for its incident, takes the fault out, waits for the resolution. Gives what was seen, in one
 * sentence. Throws CliError SG_CLI_DEMO when the monitor misses a bound, or finds something else than what was done.
 */
export async function playRound(
  stage: Stage,
  plan: FaultPlan,
  options: { readonly reporter: Reporter; readonly lookAtIncidentMs: number },
): Promise<string> {
  const { incidents } = stage;
  const known = new Set(incidents.all().map((incident) => incident.id));
  const isNew = (incident: Incident): boolean => !known.has(incident.id);
  const isRight = (incident: Incident): boolean => isNew(incident) && incident.operator === plan.operator;

  const injectedMs = performance.now();
  stage.inject(plan.fault);
  options.reporter.faultInjected(plan);
  const boundMs = openedWithinMs(plan.fault);
  if ((await incidents.find(isNew, boundMs)) === undefined) {
    throw failed(`no incident was opened within ${seconds(boundMs)} of the fault in ${plan.operator}`);
  }
  const openedMs = performance.now();

  const named = (incident: Incident): boolean => isRight(incident) && incident.evidence.location !== null;
  if ((await incidents.find(named, LOCATED_WITHIN_MS)) === undefined) {
    const [found] = incidents.all().filter(isNew);
    throw failed(
      found?.operator === plan.operator
        ? `the incident names no line within ${seconds(LOCATED_WITHIN_MS)}: ${found.evidence.missing.join(' ')}`
        : `the incident names ${found?.operator || 'no operator'}, but the fault is in ${plan.operator}`,
    );
  }
  await sleep(options.lookAtIncidentMs, undefined, { ref: false });

  const liftedMs = performance.now();
  stage.lift();
  options.reporter.faultLifted(plan);
  const isResolved = (incident: Incident): boolean => isRight(incident) && incident.state === 'resolved';
  if ((await incidents.find(isResolved, RESOLVED_WITHIN_MS)) === undefined) {
    throw failed(`the incident was not resolved within ${seconds(RESOLVED_WITHIN_MS)} of the end of the fault`);
  }
  const resolvedMs = performance.now();

  const others = incidents.all().filter((incident) => isNew(incident) && !isRight(incident));
  if (others.length > 0) {
    throw failed(
      `an incident was opened that has nothing to do with the fault: ${others.map((other) => other.summary).join(' ')}`,
    );
  }
  return (
    `the incident in ${plan.operator} was opened ${seconds(openedMs - injectedMs)} after the fault began ` +
    `and resolved ${seconds(resolvedMs - liftedMs)} after it ended.`
  );
}

/** Watches a flow that nothing was done to. Throws CliError SG_CLI_DEMO when an incident is opened for it. */
export async function playQuietRound(stage: Stage, durationMs: number): Promise<string> {
  const known = new Set(stage.incidents.all().map((incident) => incident.id));
  const found = await stage.incidents.find((incident) => !known.has(incident.id), durationMs);
  if (found !== undefined) throw failed(`an incident was opened without a fault: ${found.summary}`);
  return `no incident in ${seconds(durationMs)} without a fault.`;
}

function failed(reason: string): CliError {
  return new CliError('SG_CLI_DEMO', `${reason.replace(/[.\s]+$/, '')}.`, 1);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
