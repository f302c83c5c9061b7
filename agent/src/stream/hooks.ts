import { syncBuiltinESMExports } from 'node:module';
import { hookRxjsOperators } from '../rxjs/operators.ts';
import type { Adoption } from './adoption.ts';
import { hookCompose } from './compose.ts';
import { hookWrite } from './manual-write.ts';
import { Patches } from './patch.ts';
import { hookPipe } from './pipe.ts';
import { hookPipeline } from './pipeline.ts';
import { hookReadline } from './readline.ts';

/** Watches how streams are connected, until told to stop. */
export function hookStreams(adoption: Adoption): () => void {
  const patches = new Patches();
  hookPipe(patches, adoption);
  hookPipeline(patches, adoption);
  hookCompose(patches, adoption);
  hookReadline(patches, adoption);
  hookWrite(patches, adoption);
  hookRxjsOperators(patches, adoption.graph);
  // Modules that import the functions by name would keep the old ones.
  syncBuiltinESMExports();
  return () => {
    patches.restore();
    syncBuiltinESMExports();
  };
}
