// Reads every golden frame with the built package, and prints how many say the same in both forms. Runs on every supported Node.js.
import { readdirSync, readFileSync } from 'node:fs';

const proto = { ...(await import('../../../proto/dist/index.js')) };

const folder = new URL('../../../proto/testdata/', import.meta.url);
let same = 0;
for (const name of readdirSync(folder).filter((file) => file.endsWith('.hex'))) {
  const direction = name.startsWith('worker-') ? 'WorkerMessage' : 'MonitorMessage';
  const hex = readFileSync(new URL(name, folder), 'utf8').replace(/\s/g, '');
  const json = readFileSync(new URL(name.replace('.hex', '.json'), folder), 'utf8');
  const fromBytes = proto[`decode${direction}`](Buffer.from(hex, 'hex'));
  const fromJson = proto[`decode${direction}Json`](json);
  proto[`clamp${direction}`](structuredClone(fromBytes));
  const bytes = Buffer.from(proto[`encode${direction}`](fromJson)).toString('hex');
  if (bytes !== hex) throw new Error(`${name}: the JSON form says ${bytes}`);
  same += 1;
}
console.log(same);
