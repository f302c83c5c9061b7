import readline from 'node:readline';
import { userCallSite } from '../operator/call-site.ts';
import type { Adoption } from './adoption.ts';
import { hasReadableSide, type Method } from './internals.ts';
import { type Lines, watchLines } from './line-feed.ts';
import { LineOperator } from './line-operator.ts';
import type { Patches } from './patch.ts';
import { streamName } from './stream-name.ts';

/** Finds the interfaces that turn a stream into lines. Those that talk to a person at a terminal are left alone. */
export function hookReadline(patches: Patches, adoption: Adoption): void {
  for (const owner of [readline, readline.promises]) {
    patches.method(owner as unknown as Record<string, unknown>, 'createInterface', (original: Method): Method => {
      return function createInterface(this: unknown, ...rest: unknown[]): unknown {
        const lines = original.apply(this, rest);
        try {
          adopt(adoption, lines as Lines, createInterface);
        } catch (error) {
          adoption.graph.onError(error);
        }
        return lines;
      };
    });
  }
}

function adopt(adoption: Adoption, lines: Lines, hook: Method): void {
  const { input } = lines;
  const { graph } = adoption;
  if (graph.stopped || lines.terminal === true || !hasReadableSide(input)) return;
  const source = streamName(input, () => userCallSite(hook));
  const name = (lines as { constructor?: { name?: string } }).constructor?.name ?? 'Interface';
  const operator = graph.add(
    { name, kind: 'transform', unit: 'records', location: undefined },
    (identity) => new LineOperator(identity, graph, lines),
  );
  if (operator === undefined) return;
  watchLines(lines, operator);
  graph.emptyStack.run(lines, () => adoption.feed(input, source, operator, () => lines.closed !== true));
}
