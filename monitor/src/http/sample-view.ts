import type { Event } from '@streamgauge/proto';
import type { IncidentSample } from '../incident/incident.ts';
import type { CodeOwner } from '../model/code-owner.ts';
import { readEvidence } from '../model/evidence.ts';
import type { ConnectionFacts, PoolFacts } from '../model/holdings.ts';
import { holdingLines } from './holding-text.ts';

/** A sample taken on request, in the words of an incident's evidence. */
export interface SampleView {
  readonly takenAt: string;
  readonly samples: readonly IncidentSample[];
  readonly resources: readonly string[];
  readonly connections: readonly ConnectionFacts[];
  readonly pools: readonly PoolFacts[];
  /** Connections and pools for people, one line each. */
  readonly holdings: readonly string[];
  readonly missing: readonly string[];
}

/** @throws TypeError when the event carries no evidence, which the core never hands out here */
export function sampleView({ atUnixNano, payload }: Event, codeOwner: CodeOwner): SampleView {
  if (payload.case !== 'evidence') throw new TypeError('The event carries no evidence.');
  const { samples, resources, connections, pools, missing, takenUnixMs } = readEvidence(
    payload.value,
    atUnixNano,
    codeOwner,
  );
  return {
    takenAt: new Date(takenUnixMs).toISOString(),
    samples,
    resources,
    connections,
    pools,
    holdings: holdingLines(connections, pools),
    missing,
  };
}
