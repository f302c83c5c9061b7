// Loads packages in the manner that its argument names, and prints which of their files were given to the agent's hooks.
import module, { createRequire } from 'node:module';
import { createBoard } from '../../../agent/dist/board/board.js';
import { hookCommonJs } from '../../../agent/dist/load/commonjs.js';
import { knownPackages } from '../../../agent/dist/load/packages.js';
import { Graph } from '../../../agent/dist/operator/graph.js';
import { Adoption } from '../../../agent/dist/stream/adoption.js';
import { Patches } from '../../../agent/dist/stream/patch.js';

const [manner, ...names] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const patches = new Patches();
const seen = new Set();

if (manner === 'import under other hooks') {
  // As tools for TypeScript and tracing install them: they look at every module and change nothing.
  module.register(`data:text/javascript,export const load = (url, context, next) => next(url, context);`);
  module.registerHooks?.({ load: (url, context, next) => next(url, context) });
}
if (manner !== 'import before') hook();
for (const name of names) manner === 'require' ? require(name) : await import(name);
if (manner === 'import before') hook();
patches.restore();
console.log(JSON.stringify([...seen].sort()));
process.exit();

function hook() {
  const fail = (error) => {
    throw error;
  };
  const graph = new Graph({ board: createBoard(), post: () => {}, onError: fail });
  const watchers = knownPackages(patches, new Adoption(graph)).map((watcher) => ({
    file: watcher.file,
    loaded(exports, file, part) {
      seen.add(file.replaceAll('\\', '/').split('node_modules/').at(-1));
      watcher.loaded(exports, file, part);
    },
  }));
  hookCommonJs(patches, watchers, fail, (untested) => fail(new Error(JSON.stringify(untested))));
}
