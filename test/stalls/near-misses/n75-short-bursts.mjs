// Six tenths of a second of a processor for every picture, and a short pause: slow, and it moves.
import { operator } from '@streamgauge/agent';
import { watch } from '../support/orders.mjs';

const resize = operator('resize', (id) => {
  const untilMs = performance.now() + 600;
  let pixel = 0;
  while (performance.now() < untilMs) pixel = (pixel * 31 + id) % 1009;
  return pixel;
});

for (let id = 0; ; id++) {
  if (id === 2) watch();
  await new Promise((resolve) => setTimeout(resolve, 300));
  resize(id);
}
