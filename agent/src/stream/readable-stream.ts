import type { LoadWatcher } from '../load/commonjs.ts';
import type { Adoption } from './adoption.ts';
import { hookDataListeners } from './data-listener.ts';
import type { Patches } from './patch.ts';
import { hookPipe } from './pipe.ts';

/** The file that defines Readable in versions 2, 3 (the first) and 4 (the second) of the package readable-stream. */
const READABLE_FILE =
  /[\\/]readable-stream[^\\/]*[\\/]lib[\\/](?:_stream_readable|internal[\\/]streams[\\/]readable)\.js$/;

/** The package has its own copy of the stream code: its streams are seen when they are connected, like those of the runtime. */
export function watchReadableStream(patches: Patches, adoption: Adoption): LoadWatcher {
  return {
    file: READABLE_FILE,
    loaded: (exports) => {
      const prototype: unknown = (exports as { prototype?: unknown } | undefined)?.prototype;
      if (typeof prototype !== 'object' || prototype === null) return;
      hookPipe(patches, adoption, prototype);
      hookDataListeners(patches, adoption, prototype);
    },
  };
}
