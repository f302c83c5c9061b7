import type { Iteration } from '../iterator/iteration.ts';
import type { Adoption } from '../stream/adoption.ts';
import type { Patches } from '../stream/patch.ts';
import { hookConstructors } from './constructors.ts';
import { hookLoops } from './loops.ts';
import { hookPipes } from './pipes.ts';
import { WebAdoption } from './web-adoption.ts';

/** Follows Web Streams. */
export function hookWebStreams(patches: Patches, { graph, young }: Adoption, iteration: Iteration): void {
  const adoption = new WebAdoption(graph, young);
  hookConstructors(patches, graph);
  hookPipes(patches, adoption);
  hookLoops(patches, adoption, iteration);
}
