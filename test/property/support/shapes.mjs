import { runAdoptedLate } from './adopted-late.mjs';
import { runCalls } from './calls.mjs';
import { runCork, runDestroyed, runLateSource, runRepipe } from './changing.mjs';
import { runCompositions } from './compose.mjs';
import { runLoop, runMixed, runRecords } from './crossing.mjs';
import { runExplicit } from './explicit.mjs';
import { runBroadcast, runDiamond, runFanIn, runPartition } from './fan.mjs';
import { runFlight } from './flight.mjs';
import { runGenerators, runOneAfterTheOther } from './generators.mjs';
import { runKafka } from './kafka.mjs';
import { runFoundLate } from './late.mjs';
import { runBytes, runLinear } from './linear.mjs';
import { runLines } from './lines.mjs';
import { runListeners } from './listeners.mjs';
import { runEvents, runMethods } from './methods.mjs';
import { runMessages, runOutside, runThread } from './outside.mjs';
import { runCopies, runStreamx } from './packages.mjs';
import { runLegs, runPorts } from './ports.mjs';
import { runRxjs } from './rxjs.mjs';
import { runWeb, runWebInTurn, runWebLoop } from './web.mjs';

/** Every shape of dataflow whose markers are checked, by its name in the report. */
export const SHAPES = {
  linear: runLinear,
  bytes: runBytes,
  'mixed units': runMixed,
  cork: runCork,
  broadcast: runBroadcast,
  partition: runPartition,
  'fan-in': runFanIn,
  diamond: runDiamond,
  loop: runLoop,
  'late source': runLateSource,
  'early destroy': runDestroyed,
  're-pipe': runRepipe,
  'found late': runFoundLate,
  'adopted late': runAdoptedLate,
  compositions: runCompositions,
  'readable-stream': runCopies,
  streamx: runStreamx,
  generators: runGenerators,
  'one after the other': runOneAfterTheOther,
  'Web Streams': runWeb,
  'Web Streams in turn': runWebInTurn,
  'loops over Web Streams': runWebLoop,
  'loops over events': runEvents,
  'Readable.map() and its kin': runMethods,
  "on('data')": runListeners,
  lines: runLines,
  RxJS: runRxjs,
  'any order': runRecords,
  'operator() calls': runCalls,
  'defined operators': runExplicit,
  flight: runFlight,
  kafkajs: runKafka,
  'legs of a consumer': runLegs,
  ports: runPorts,
  'sockets, requests, children': runOutside,
  'message ports': runMessages,
  'worker threads': runThread,
};
