import readline from 'node:readline';
import { userCallSite } from '../operator/call-site.ts';
import type { YoungOne } from '../young/young.ts';
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
          note(adoption, lines as Lines, createInterface);
        } catch (error) {
          adoption.graph.onError(error);
        }
        return lines;
      };
    });
  }
}

/** An interface beyond the budget. */
class YoungLines implements YoungOne {
  readonly bornMs: number;
  readonly #adoption: Adoption;
  readonly #lines: Lines;

  constructor(adoption: Adoption, lines: Lines) {
    this.bornMs = adoption.graph.nowMs();
    this.#adoption = adoption;
    this.#lines = lines;
  }

  alive(): boolean {
    return this.#lines.closed !== true;
  }

  adopt(): boolean {
    adopt(this.#adoption, this.#lines, undefined);
    return true;
  }
}

function note(adoption: Adoption, lines: Lines, hook: Method): void {
  if (adoption.graph.stopped || lines.terminal === true || !hasReadableSide(lines.input)) return;
  if (adoption.young.takesAtOnce()) adopt(adoption, lines, hook);
  else adoption.young.add(new YoungLines(adoption, lines));
}

function adopt(adoption: Adoption, lines: Lines, hook: Method | undefined): void {
  const { input } = lines;
  const { graph } = adoption;
  if (!hasReadableSide(input)) return;
  const source = streamName(input, () => (hook === undefined ? undefined : userCallSite(hook)));
  const name = (lines as { constructor?: { name?: string } }).constructor?.name ?? 'Interface';
  const operator = graph.add(
    { name, kind: 'transform', unit: 'records', location: undefined },
    (identity) => new LineOperator(identity, graph, lines),
  );
  if (operator === undefined) return;
  // Who iterates it already keeps lines of which nothing is known: their number and what is done with them.
  const kind = isIterated(lines) ? 'through' : 'pipe';
  watchLines(lines, operator);
  graph.emptyStack.run(lines, () => adoption.feed(input, source, operator, () => lines.closed !== true, { kind }));
}

/** True when somebody has begun a loop over the lines: the interface keeps its one iterator under a symbol, in Node.js 20 to 26. */
function isIterated(lines: Lines): boolean {
  return Object.getOwnPropertySymbols(lines).some(
    (symbol) => symbol.description === 'line object stream' && (lines as never)[symbol] !== undefined,
  );
}
