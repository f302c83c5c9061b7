import type { Duplex } from 'node:stream';

declare module 'stream' {
  /** In Node.js since 16.9; @types/node declares only the method of the same name. */
  function compose(...streams: readonly unknown[]): Duplex;
}
