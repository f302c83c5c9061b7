import type { Shape } from './fan.mjs';

export const runCork: Shape;
export const runLateSource: Shape;
export const runDestroyed: Shape;
export const runRepipe: Shape;
