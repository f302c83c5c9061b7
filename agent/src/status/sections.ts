import { cpu } from './cpu.ts';
import { drops } from './drops.ts';
import { eventLoop } from './event-loop.ts';
import { garbage } from './garbage.ts';
import { inFlight } from './in-flight.ts';
import { memory } from './memory.ts';
import { operators } from './operators.ts';
import type { Section } from './section.ts';
import { settings } from './settings.ts';
import { threads } from './threads.ts';
import { versions } from './versions.ts';

/** Every section, in the order in which they are told. */
export const SECTIONS: readonly Section[] = [
  versions,
  settings,
  threads,
  eventLoop,
  cpu,
  memory,
  garbage,
  operators,
  inFlight,
  drops,
];
