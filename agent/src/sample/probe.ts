import { type AwaitWalk, createAwaitWalk } from './await-walk.ts';
import { captureStack, type RawFrame } from './call-sites.ts';
import { listResources } from './resources.ts';

/**
 * What can be asked of a main thread without a running agent: the part of the main helper that needs no tracker. It is also
 * sent into processes that were started without the agent, so it may import nothing but what is small and its own.
 */
export interface Probe {
  /** Frames of what the main thread executes now, innermost first; undefined when they cannot be had. */
  sample(): readonly RawFrame[] | undefined;
  /** Stacks of everything that waits for one of these promises. */
  readonly awaitStacks: AwaitWalk;
  /** What keeps the event loop alive. */
  resources(): readonly string[];
}

export function createProbe(): Probe {
  const probe: Probe = {
    sample: () => captureStack(probe.sample),
    awaitStacks: createAwaitWalk(),
    resources: listResources,
  };
  return probe;
}
