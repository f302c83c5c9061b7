// One worker of a pool: it works on tasks of several jobs, and stands still for good when it is told to.
import { offerTaskSlots, runTask, trackTask } from '@streamgauge/agent';

offerTaskSlots(2);
await runTask({ task: 'short', job: 'orders' }, () => 'done');
const nightly = trackTask({ task: 'nightly', job: 'reports' });
nightly.state('running');
process.stdin.once('data', () => {
  process.stdout.write('standing\n');
  for (;;);
});
