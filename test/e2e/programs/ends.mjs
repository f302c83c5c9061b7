// Ends in the way named by the first argument. Prints what a program can see of its surroundings, so that two runs can be
// compared. The second argument is how many milliseconds it waits before, or "signal": until SIGUSR2 comes. Knows nothing of
// streamgauge.
import { fork } from 'node:child_process';
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

const [kind, waitText = '0'] = process.argv.slice(2);
const say = (line) => writeSync(1, `${line}\n`);

say(`arguments ${JSON.stringify(process.argv.slice(2))}`);
say(`exit code so far ${process.exitCode}`);
say(`global keys ${Object.keys(globalThis).filter((key) => /gauge/i.test(key)).length}`);
process.on('exit', (code) => say(`exit event ${code}`));

const ends = {
  normal: () => undefined,
  'exit-3': () => process.exit(3),
  'exit-code-4': () => {
    process.exitCode = 4;
  },
  throw: () => {
    throw new TypeError('thrown on purpose');
  },
  reject: () => {
    void Promise.reject(new RangeError('rejected on purpose'));
  },
  caught: () => {
    process.on('uncaughtException', (error, origin) => say(`caught ${error.message} ${origin}`));
    throw new Error('caught by the user');
  },
  sigterm: () => process.kill(process.pid, 'SIGTERM'),
  'sigterm-handled': () => {
    process.on('SIGTERM', () => process.exit(7));
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => undefined, 1000);
  },
  'worker-thread': () => {
    const worker = new Worker('require("node:worker_threads").parentPort.postMessage("from the thread")', {
      eval: true,
    });
    worker.on('message', (text) => say(text));
  },
  'before-exit': () => {
    process.once('beforeExit', () => {
      say('before exit');
      setTimeout(() => say('once more'), 10);
    });
  },
  fork: () => {
    fork(process.argv[1], ['normal']).on('exit', (code) => say(`child ${code}`));
  },
};

if (waitText === 'signal') {
  const patience = setTimeout(() => undefined, 30_000);
  const signal = new Promise((resolve) => process.once('SIGUSR2', resolve));
  say('waiting for the signal');
  await signal;
  clearTimeout(patience);
} else {
  await new Promise((resolve) => setTimeout(resolve, Number(waitText)));
}
say(`ending ${Date.now()}`);
ends[kind]();
