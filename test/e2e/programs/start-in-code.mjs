// Starts the agent itself, twice, and makes an operator of a function before and after.
import { operator, startAgent } from '@streamgauge/agent';

const before = operator('before', (x) => x + 1);
const agent = startAgent({ monitorUrl: process.argv[2], job: 'in-code', worker: 'w1' });
console.log(`same ${startAgent() === agent} running ${agent.running}`);

async function double(x) {
  await null;
  return this.factor * x;
}
const counted = operator('double', double);
const holder = { factor: 2, counted };
console.log(`before ${before(1)} unchanged ${before.name !== undefined}`);
console.log(`counted ${await holder.counted(21)}`);

try {
  startAgent.call(undefined, { monitorUrl: 'x' });
  console.log('no fault while it runs');
} catch (error) {
  console.log(error.code);
}
agent.stop();
console.log(`running ${agent.running}`);
try {
  startAgent({ monitorUrl: 'x', reportIntervalMs: -1 });
} catch (error) {
  console.log(`${error.code} ${error.faults.length}`);
}
