import { isWanted, stayOff } from './registration.ts';

// `node --import @streamgauge/agent/register` attaches the agent without a change of code.
if (isWanted()) {
  try {
    const { startAgent } = await import('./start.ts');
    startAgent();
  } catch (error) {
    stayOff(error);
  }
}
