import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { EMPTY } from './stop-words.ts';

/** What the control file says. */
export type FaultOrder = 'none' | 'hang' | 'spin';

const LOOK_EVERY_MS = 20;
/** No word has this hash. */
const TAKEN = 1;

const { controlFile, stopWords, parentPid } = workerData as {
  readonly controlFile: string;
  readonly stopWords: Int32Array;
  readonly parentPid: number;
};

let current: FaultOrder = 'none';

setInterval(() => {
  // The demo is gone without a word: a worker whose main thread is blocked could never end itself.
  if (process.ppid !== parentPid) process.kill(process.pid, 'SIGKILL');
  const wanted = readOrder();
  if (wanted === current) return;
  current = wanted;
  if (wanted === 'spin') replace(EMPTY, TAKEN);
  else replace(TAKEN, EMPTY);
  parentPort?.postMessage(wanted);
}, LOOK_EVERY_MS);

function readOrder(): FaultOrder {
  try {
    const text = readFileSync(controlFile, 'utf8').trim();
    return text === 'hang' || text === 'spin' ? text : 'none';
  } catch {
    return 'none';
  }
}

function replace(old: number, value: number): void {
  for (let slot = 0; slot < stopWords.length; slot += 1) if (stopWords[slot] === old) stopWords[slot] = value;
}
