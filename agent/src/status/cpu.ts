import { availableParallelism, loadavg } from 'node:os';
import { roundMs, type Section } from './section.ts';

/** Processor time, cumulative since the process began. */
export const cpu: Section = {
  name: 'cpu',
  version: 1,
  body: ({ agentThread, lookAtThread, loop }) => {
    const { user, system } = process.cpuUsage();
    const usage = process.resourceUsage();
    const agent = agentThread === 0 ? undefined : lookAtThread(agentThread);
    return {
      userMs: roundMs(user / 1000),
      systemMs: roundMs(system / 1000),
      ...(loop.cpuMs === 0 ? {} : { mainThreadMs: roundMs(loop.cpuMs) }),
      ...(agent === undefined ? {} : { agentThreadMs: roundMs(agent.cpuMs) }),
      voluntarySwitches: usage.voluntaryContextSwitches,
      involuntarySwitches: usage.involuntaryContextSwitches,
      processors: availableParallelism(),
      loadAverage: loadavg().map((load) => Math.round(load * 100) / 100),
    };
  },
};
