// The demo's worker: indexes the text files below a folder, for ever. It knows nothing of streamgauge.
// Usage: node main.js FOLDER STORAGE_PORT CONTROL_FILE
import { pipeline } from 'node:stream/promises';
import { ConnectionPool } from './connection-pool.ts';
import { Dictionary } from './dictionary.ts';
import { enrich } from './enrich.ts';
import { obeyFaults } from './faults.ts';
import { read } from './read.ts';
import { createStopWords } from './stop-words.ts';
import { Storage } from './storage.ts';
import { tokenise } from './tokenise.ts';
import { walk } from './walk.ts';
import { write } from './write.ts';

const FILES_PER_SECOND = 300;
const CONNECTIONS = 2;

const [folder = '.', storagePort = '', controlFile = ''] = process.argv.slice(2);
const pool = new ConnectionPool(CONNECTIONS);
const stopWords = createStopWords();
obeyFaults(controlFile, pool, stopWords);

await pipeline(
  new walk(folder, FILES_PER_SECOND),
  new read(),
  new tokenise(stopWords),
  new enrich(new Dictionary(pool)),
  new write(new Storage(Number(storagePort))),
);
