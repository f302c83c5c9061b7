import { describe, test } from 'vitest';
import { SHAPES, type Shape } from '../../shapes/catalogue.mjs';
import { holdShapes, lookAtShape } from '../../shapes/look.ts';
import { whenFinished } from '../../support/test-end.ts';

// Every shape of the table in docs/shapes.md, on each Node.js; what is found here is what the table says.
const shapes = Object.entries(SHAPES) as [string, Shape][];
/** A shape is found within a second or two; a machine with ten times more to do than it can gets more. */
const WITHIN_MS = 17_000;
/** What is not followed stays unfound however long one looks. */
const NOT_FOUND_MS = 2500;
/** How many share a process where they do. */
const TOGETHER = 6;

const node = process.env.TEST_NODE;
const timeOf = ({ unfollowed = [] }: Shape): number => (unfollowed.length > 0 ? NOT_FOUND_MS : WITHIN_MS);

// Under the Node.js of the tests each in a process of its own. Others differ in their streams and not in how a process begins.
if (node === undefined) {
  describe.concurrent.each(shapes)('%s', (name, shape) => {
    const { edges, unfollowed = [] } = shape;
    test(`shows ${edges.length - unfollowed.length} of ${edges.length} edges`, async ({ expect }) => {
      const found = await lookAtShape(process.execPath, name, shape, timeOf(shape));
      expect(found).toMatchObject({ missing: unfollowed });
    });
  });
} else {
  describe.concurrent('in one process, each beside those before it, all edges are shown', () => {
    test.for(groupsOf(TOGETHER))('$names', { timeout: TOGETHER * WITHIN_MS }, async ({ names }, { expect }) => {
      const held = await holdShapes(node, names);
      whenFinished(held.end);
      for (const name of names) {
        const shape = SHAPES[name] as Shape;
        const found = await held.lookAtNext(shape, timeOf(shape));
        expect({ name, ...found }).toMatchObject({ missing: shape.unfollowed ?? [] });
      }
    });
  });
}

function groupsOf(size: number): { readonly names: readonly string[] }[] {
  const names = shapes.map(([name]) => name);
  return Array.from({ length: Math.ceil(names.length / size) }, (_, at) => ({
    names: names.slice(at * size, (at + 1) * size),
  }));
}
