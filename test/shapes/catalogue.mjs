import * as bytes from './bytes.mjs';
import * as classic from './classic.mjs';
import * as functions from './functions.mjs';
import * as iterators from './iterators.mjs';
import * as packages from './packages.mjs';
import * as processes from './processes.mjs';
import * as rxjs from './rxjs.mjs';
import * as web from './web.mjs';

/**
 * The shapes of dataflow that the agent follows, each as one flow that can be run for its cost or held for a look at its graph.
 *
 * A flow takes `next()`, which gives the next record or, at the end, undefined, and for a held flow a promise of it. It settles when
 * everything has come out at its end. `edges` are the edges that have to be found, by pattern; `records`, for the cost, makes
 * about a second of work; without it the cost is that of a connection and not of a record, and is not measured.
 */
export const SHAPES = Object.freeze({
  ...classic.shapes,
  ...bytes.shapes,
  ...iterators.shapes,
  ...web.shapes,
  ...rxjs.shapes,
  ...functions.shapes,
  ...packages.shapes,
  ...processes.shapes,
});
