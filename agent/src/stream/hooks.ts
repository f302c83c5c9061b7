import { syncBuiltinESMExports } from 'node:module';
import { Readable } from 'node:stream';
import { ChildBook } from '../connection/child-book.ts';
import { ConnectionBook } from '../connection/connection-book.ts';
import { hookConnections } from '../connection/hooks.ts';
import { hookThreads, ThreadBook } from '../connection/thread-book.ts';
import { hookOutgoing } from '../http/outgoing.ts';
import { hookIteration } from '../iterator/hooks.ts';
import { followPackages, type Instrument } from '../load/packages.ts';
import { hookNativeCalls } from '../native-call/hooks.ts';
import { PoolBook } from '../pool/pool-book.ts';
import { hookChildProcess } from '../process/child-process.ts';
import type { HoldingBooks } from '../sample/holdings.ts';
import { hookWebStreams } from '../web-stream/hooks.ts';
import type { Adoption } from './adoption.ts';
import { hookCompose } from './compose.ts';
import { hookDataListeners } from './data-listener.ts';
import { hookWrite } from './manual-write.ts';
import { Patches } from './patch.ts';
import { hookPipe } from './pipe.ts';
import { hookPipeline } from './pipeline.ts';
import { hookReadline } from './readline.ts';

/** What watches how streams are connected. */
export interface StreamHooks {
  readonly instrument: Instrument;
  /** What was met of connections and pools. */
  readonly books: HoldingBooks;
  /** Takes everything back. */
  remove(): void;
}

/** Watches how streams are connected, until told to stop. */
export function hookStreams(adoption: Adoption): StreamHooks {
  const patches = new Patches();
  const { graph } = adoption;
  const onError = (error: unknown): void => graph.onError(error);
  const nowMs = (): number => graph.nowMs();
  const books = {
    connections: new ConnectionBook(nowMs),
    children: new ChildBook(nowMs),
    threads: new ThreadBook(nowMs),
    pools: new PoolBook(),
  };
  let instrument: Instrument;
  try {
    const iteration = hookIteration(patches, adoption);
    hookPipe(patches, adoption, Readable.prototype);
    hookDataListeners(patches, adoption, Readable.prototype);
    hookPipeline(patches, adoption);
    hookCompose(patches, adoption);
    hookReadline(patches, adoption);
    hookWrite(patches, adoption);
    hookWebStreams(patches, adoption, iteration);
    hookOutgoing(patches, adoption);
    hookChildProcess(patches, books.children, onError);
    hookConnections(patches, books.connections, graph.board.clock, onError);
    hookNativeCalls(patches, { board: graph.board, post: graph.options.post, onError });
    hookThreads(patches, books.threads, graph.board.clock, onError);
    instrument = followPackages(patches, adoption, books.pools);
  } catch (error) {
    // Nothing half done stays.
    patches.restore();
    throw error;
  }
  // Modules that import the functions by name would keep the old ones.
  syncBuiltinESMExports();
  return {
    instrument,
    books,
    remove() {
      patches.restore();
      syncBuiltinESMExports();
    },
  };
}
