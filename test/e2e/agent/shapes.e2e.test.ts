import { describe, test } from 'vitest';
import { SHAPES, type Shape } from '../../shapes/catalogue.mjs';
import { lookAtShape } from '../../shapes/look.ts';

// Every shape of the table in docs/shapes.md, on each Node.js; what is found here is what the table says.
const node = process.env.TEST_NODE ?? process.execPath;
/** A shape is found within a second or two; a machine with ten times more to do than it can gets more. */
const WITHIN_MS = 17_000;
/** What is not followed stays unfound however long one looks. */
const NOT_FOUND_MS = 2500;

describe.concurrent.each(Object.entries(SHAPES) as [string, Shape][])('%s', (name, shape) => {
  const unfollowed = shape.unfollowed ?? [];
  test(`shows ${shape.edges.length - unfollowed.length} of ${shape.edges.length} edges`, async ({ expect }) => {
    const { missing, edges } = await lookAtShape(node, name, shape, unfollowed.length > 0 ? NOT_FOUND_MS : WITHIN_MS);
    expect({ missing, edges }).toMatchObject({ missing: unfollowed });
  });
});
