import type { Shape } from './fan.mjs';

export const SHAPES: Record<string, Shape>;
