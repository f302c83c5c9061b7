import { hostname } from 'node:os';
import { create, type Hello, HelloSchema, PROTOCOL_VERSION } from '@streamgauge/proto';
import type { Settings } from '../config.ts';
import type { Feature } from '../features.ts';
import { HEARTBEAT_PERIOD_MS } from '../link/link.ts';
import type { AgentEnvironment } from './thread-agent.ts';

/** Features that the monitor may ask for. */
const SAMPLES: readonly Feature[] = ['cpu-sample', 'await-sample'];

/** Who dials, and what it can be asked for: also by what its user has switched off or allowed. */
export function helloMessage(
  { worker, job, featuresOff, allowCommands }: Settings,
  { pid, agentVersion }: Pick<AgentEnvironment, 'pid' | 'agentVersion'>,
  session: string,
): Hello {
  return create(HelloSchema, {
    protocolVersion: PROTOCOL_VERSION,
    worker,
    job,
    session,
    pid,
    host: hostname(),
    runtimeVersion: process.version,
    agentVersion,
    capabilities: [...SAMPLES.filter((kind) => !featuresOff.includes(kind)), 'status', ...allowCommands],
    startedUnixNano: BigInt(Math.round(Date.now() - process.uptime() * 1000)) * 1_000_000n,
    sentUnixNano: BigInt(Date.now()) * 1_000_000n,
    heartbeatPeriodMillis: HEARTBEAT_PERIOD_MS,
  });
}
