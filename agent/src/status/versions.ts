import { hostname } from 'node:os';
import { PROTOCOL_VERSION } from '@streamgauge/proto';
import type { Section } from './section.ts';

/** What runs here, and since when. */
export const versions: Section = {
  name: 'versions',
  version: 1,
  body: ({ agentVersion, pid, unixMs }) => {
    const uptimeSeconds = process.uptime();
    return {
      agent: agentVersion,
      protocol: PROTOCOL_VERSION,
      node: process.version,
      v8: process.versions.v8,
      platform: process.platform,
      architecture: process.arch,
      host: hostname(),
      pid,
      startedAt: new Date(unixMs - uptimeSeconds * 1000).toISOString(),
      uptimeSeconds: Math.round(uptimeSeconds),
    };
  },
};
