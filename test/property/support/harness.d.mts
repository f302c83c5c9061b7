import type { createBoard } from '../../../agent/src/board/board.ts';
import type { Graph } from '../../../agent/src/operator/graph.ts';
import type { Operator } from '../../../agent/src/operator/operator.ts';
import type { Adoption } from '../../../agent/src/stream/adoption.ts';
import type { hookStreams } from '../../../agent/src/stream/hooks.ts';
import type { ToThread } from '../../../agent/src/thread/messages.ts';

export interface Harness {
  readonly board: ReturnType<typeof createBoard>;
  readonly errors: unknown[];
  readonly operators: Map<number, Extract<ToThread, { type: 'operator' }>>;
  readonly edges: Map<number, Extract<ToThread, { type: 'edge' }>>;
  readonly graph: Graph;
  readonly adoption: Adoption;
  /** Told about every epoch that begins at an operator without inputs. */
  onBegin: (operator: Operator, epoch: number) => void;
  onPass: (operator: Operator & { readonly stream?: unknown }, epoch: number) => void;
  pulse(): void;
  tick(): void;
  beat(): void;
  /** Makes everything old enough to be adopted. */
  grow(): void;
  look(): void;
  operatorOf(stream: object): Operator | undefined;
  named(name: string): Operator | undefined;
  /** As the agent's public function, but tells whether it knew the client. */
  instrument(client: object): boolean;
  edgeNames(): string[];
  close(): void;
}

/** What a harness cannot do without. */
export interface AgentParts {
  createBoard: typeof createBoard;
  Graph: typeof Graph;
  Adoption: typeof Adoption;
  hookStreams: typeof hookStreams;
}

/** The same with the parts of which the shapes are made. */
export function loadAgent(base: string, extension?: 'js' | 'ts'): Promise<AgentParts>;

export function openHarness(agent: AgentParts, budget?: { take(nowMs: number): boolean }): Harness;
