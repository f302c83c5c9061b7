/**
 * What the overhead benchmark measures of connections and of an idle process: questions and answers over loopback, one after the
 * other, and then nothing at all.
 *
 * usage: node overhead-sockets-program.mjs <questions> <idle seconds>
 * Prints the processor time of the whole process, all threads: nanoseconds per question, and microseconds per second of idleness.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const questions = Number(process.argv[2]);
const idleSeconds = Number(process.argv[3]);

const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('data', (chunk) => socket.write(chunk));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const client = connect(server.address().port, '127.0.0.1');
await once(client, 'connect');
client.setNoDelay(true);

function ask(count) {
  const question = Buffer.alloc(32);
  let left = count;
  return new Promise((resolve) => {
    const answered = () => {
      if (--left > 0) client.write(question);
      else {
        client.off('data', answered);
        resolve();
      }
    };
    client.on('data', answered);
    client.write(question);
  });
}

// Start-up is not what is measured here: an attached agent has its thread running by then.
await sleep(1000);
await ask(questions / 10);
let before = process.cpuUsage();
await ask(questions);
const perQuestion = (spent(before) * 1000) / questions;
await sleep(1000);
before = process.cpuUsage();
await sleep(idleSeconds * 1000);
console.log(`${perQuestion} ${spent(before) / idleSeconds}`);
process.exit(0);

/** Microseconds. */
function spent(since) {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}
