import type { SourceFile } from '../support/repository.ts';
import { importsOf } from './imports.ts';

/** Who may import what. The first part of a pattern is a path from the repository's root or the name of a package. */
interface Boundary {
  /** Start of the paths of the files it holds for. */
  readonly files: string;
  /** Start of the paths of those among them that it does not hold for. */
  readonly except?: string;
  /** An import must match one of these, when given. */
  readonly only?: readonly RegExp[];
  /** An import must match none of these. */
  readonly never?: readonly RegExp[];
  /** No such text may be in the file: things that need no import. */
  readonly neverText?: RegExp;
  readonly why: string;
}

const CLOCK_AND_CHANCE =
  /\b(?:Date\.now|new Date\(\)|performance\.|process\.|setTimeout\(|setInterval\(|setImmediate\(|Math\.random|crypto\.|fetch\()/;
const ANY_NODE = /^node:/;

const BOUNDARIES: readonly Boundary[] = [
  {
    files: 'proto/src/',
    only: [/^proto\/(?:src|gen)\//, /^@bufbuild\/protobuf(?:\/|$)/],
    why: 'proto is the ground on which both sides stand: it knows neither of them, nor the runtime.',
  },
  {
    files: 'agent/src/',
    only: [/^agent\/src\//, /^@streamgauge\/proto(?:\/(?:limits|wire))?$/, /^ws$/, /^acorn$/, ANY_NODE],
    why: 'The agent lives in a stranger\u2019s process and brings along as little as it can, and never the monitor.',
  },
  ...['agent/src/main-thread/', 'agent/src/config.ts', 'agent/src/process-names.ts'].map((files) => ({
    files,
    never: [/^@streamgauge\/proto$/],
    why: 'The codecs are for the agent thread: in the main thread of a worker they would only make its start longer.',
  })),
  {
    files: 'agent/src/',
    except: 'agent/src/source/',
    never: [/^acorn$/],
    why: 'Only what reads sources knows how they are parsed; the parser is loaded when the first one is read.',
  },
  {
    files: 'agent/src/operator/',
    never: [
      /^node:(?:worker_threads|inspector|fs|net|http|https|child_process|os|dns|tls)(?:\/|$)/,
      /^ws$/,
      /^@streamgauge\//,
    ],
    why: 'The hot half of the agent only counts: threads, files and sockets belong to the agent thread.',
  },
  {
    files: 'monitor/src/',
    never: [/^(?:agent|src|test|proto)\//, /^@streamgauge\/agent/, /^streamgauge(?:\/|$)/],
    why: 'Agent and monitor meet in the protocol alone.',
  },
  ...['monitor/src/detect/', 'monitor/src/classify/'].map((files) => ({
    files,
    never: [ANY_NODE, /^monitor\/src\/(?:store|link|http|metrics|listener|retention|clock\.ts)/],
    neverText: CLOCK_AND_CHANCE,
    why: 'Detection and classification are pure functions of (window, now, limits), so that each verdict can be replayed.',
  })),
  {
    files: 'src/',
    never: [/^(?:agent|monitor|proto|test)\//],
    why: 'The command line uses the packages as everybody does: by their names.',
  },
  ...['agent/', 'monitor/', 'src/', 'test/'].map((files) => ({
    files,
    never: [/(?:^|\/)gen\/streamgauge\//],
    why: 'Generated code is reached through @streamgauge/proto, which lists by hand what it gives away.',
  })),
];

/** One sentence per breach. */
export function breaches(file: SourceFile): string[] {
  const found: string[] = [];
  for (const { files, except, only, never, neverText, why } of BOUNDARIES) {
    if (!file.path.startsWith(files) || (except !== undefined && file.path.startsWith(except))) continue;
    for (const name of importsOf(file)) {
      const allowed = only === undefined || only.some((pattern) => pattern.test(name));
      const forbidden = never?.some((pattern) => pattern.test(name)) ?? false;
      if (!allowed || forbidden) found.push(`${file.path} imports ${name}. ${why}`);
    }
    const text = neverText?.exec(withoutComments(file.text))?.[0];
    if (text !== undefined) found.push(`${file.path} uses ${text}. ${why}`);
  }
  return found;
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
