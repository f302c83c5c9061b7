import { hookReadableOperators } from '../readable-operators/hooks.ts';
import type { Adoption } from '../stream/adoption.ts';
import type { Patches } from '../stream/patch.ts';
import { hookEmitters } from './emitters.ts';
import { hookGenerators } from './generators.ts';
import { Iteration } from './iteration.ts';
import { hookGeneratorStreams } from './streams.ts';

/** Finds what flows through async generators and `for await`. */
export function hookIteration(patches: Patches, adoption: Adoption): Iteration {
  const iteration = new Iteration(adoption);
  adoption.young.grown.push(() => iteration.adopt());
  hookGenerators(patches, iteration);
  hookGeneratorStreams(patches, adoption, iteration);
  hookEmitters(patches, iteration);
  hookReadableOperators(patches, adoption, iteration);
  return iteration;
}
