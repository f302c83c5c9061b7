// One picture is too large for the child, which is killed for it. Nobody listens for its end.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { operator } from '@streamgauge/agent';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

const file = fileURLToPath(new URL('../support/converter.cjs', import.meta.url));
const child = fork(file, { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });

const convert = operator('convert', async (id) => {
  if (child.connected) child.send({ id, tooLarge: id === FAULTY });
  const [picture] = await once(child, 'message'); // waits for a message
  return picture;
});

stayAlive();
for (let id = 0; ; id++) {
  await new Promise((resolve) => setTimeout(resolve, 5));
  if (id === FAULTY) fault();
  await convert(id);
}
