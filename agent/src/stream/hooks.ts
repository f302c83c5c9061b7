import { syncBuiltinESMExports } from 'node:module';
import { Readable } from 'node:stream';
import { followKafkajs } from '../broker/kafkajs-module.ts';
import { hookOutgoing } from '../http/outgoing.ts';
import { hookIteration } from '../iterator/hooks.ts';
import { hookCommonJs } from '../load/commonjs.ts';
import { hookChildProcess } from '../process/child-process.ts';
import { followRxjs } from '../rxjs/operators.ts';
import { followStreamx } from '../streamx/streamx.ts';
import { hookWebStreams } from '../web-stream/hooks.ts';
import type { Adoption } from './adoption.ts';
import { hookCompose } from './compose.ts';
import { hookDataListeners } from './data-listener.ts';
import { hookWrite } from './manual-write.ts';
import { Patches } from './patch.ts';
import { hookPipe } from './pipe.ts';
import { hookPipeline } from './pipeline.ts';
import { watchReadableStream } from './readable-stream.ts';
import { hookReadline } from './readline.ts';

/** Watches how streams are connected, until told to stop. */
export function hookStreams(adoption: Adoption): () => void {
  const patches = new Patches();
  hookIteration(patches, adoption);
  hookPipe(patches, adoption, Readable.prototype);
  hookDataListeners(patches, adoption, Readable.prototype);
  hookPipeline(patches, adoption);
  hookCompose(patches, adoption);
  hookReadline(patches, adoption);
  hookWrite(patches, adoption);
  hookWebStreams(patches, adoption);
  hookOutgoing(patches, adoption);
  hookChildProcess(patches, (error) => adoption.graph.onError(error));
  hookCommonJs(
    patches,
    [
      watchReadableStream(patches, adoption),
      followStreamx(patches, adoption),
      followRxjs(patches, adoption.graph),
      followKafkajs(patches, adoption.graph),
    ],
    (error) => adoption.graph.onError(error),
  );
  // Modules that import the functions by name would keep the old ones.
  syncBuiltinESMExports();
  return () => {
    patches.restore();
    syncBuiltinESMExports();
  };
}
