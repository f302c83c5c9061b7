// A home-made consumer of a queue: polls batches, works on several messages at once, and tells the agent of both. The first
// argument says what happens at message 40: "hang" (its handler waits for an answer that never comes), or "pause" (the source is
// paused on purpose). Beside it runs a pipeline of another job, `billing`, whose bills go on for ever. Ends after as many milliseconds as the second argument says.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { defineOperator, defineSource, inJob } from '@streamgauge/agent';

const [kind, durationText] = process.argv.slice(2);
const silent = createServer(() => undefined).listen(0, '127.0.0.1');
await once(silent, 'listening');

let waiting = 1000;
const poll = defineSource('poll', { pending: () => waiting });
const handle = defineOperator('handle', { kind: 'sink', handler: handleMessage });
poll.feeds(handle, { capacity: 8 });
const queue = poll.takesFrom({ system: 'home-made', channel: 'orders' });

class Bills extends Readable {
  _read() {
    setTimeout(() => this.push({ amount: 7 }), 10);
  }
}
class Ledger extends Writable {
  _write(_bill, _encoding, done) {
    setTimeout(done, 10);
  }
}
inJob('billing', new Bills({ objectMode: true })).pipe(new Ledger({ objectMode: true }));

async function askForPrice() {
  const socket = connect(silent.address().port, '127.0.0.1');
  await once(socket, 'data'); // the awaiting line
}

async function handleMessage(id) {
  await delay(5);
  if (kind === 'hang' && id === 40) await askForPrice();
}

setTimeout(() => process.exit(0), Number(durationText));
for (let id = 1; ; ) {
  const batch = [id++, id++];
  waiting -= batch.length;
  const work = batch.map(async (message) => {
    const polled = poll.receive(message);
    const record = handle.receive(`order ${message}`);
    polled.end();
    await handleMessage(message).then(
      () => record.end(),
      (error) => record.end(error),
    );
  });
  queue.move(id - 1, batch.length);
  await Promise.all(work);
  if (kind === 'pause' && id > 40) {
    poll.pause('night');
    handle.pause('night');
    await delay(1e9);
  }
}
