import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { whenFinished } from '../support/test-end.ts';

/** What a connection between worker and monitor can suffer. */
export type NetworkFault =
  /** Everything comes later. */
  | 'delay'
  /** A few bytes at a time. */
  | 'slow'
  /** Nothing comes any more, and nobody is told. */
  | 'half-open'
  /** The connection is reset, in the middle of a frame. */
  | 'cut'
  /** New connections are not taken. */
  | 'refuse'
  | 'none';

const DELAY_MS = 300;
const SLOW_BYTES = 64;
const SLOW_PAUSE_MS = 20;
const CUT_AFTER_BYTES = 7;

/** Stands between workers and the monitor, and does to their bytes what it is told; inside a test only. */
export class FaultProxy {
  /** Where the monitor is. Changes when it is started again. */
  targetPort = 0;
  #fault: NetworkFault = 'none';
  readonly #pairs = new Set<Socket>();
  readonly #server = createServer((from) => this.#take(from));

  /** Starts on a free port. */
  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    whenFinished(() => {
      for (const socket of this.#pairs) socket.destroy();
      this.#server.close();
    });
    return this;
  }

  /** For workers. */
  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** For all connections, those that are there and those that come. */
  set fault(fault: NetworkFault) {
    this.#fault = fault;
  }

  #take(from: Socket): void {
    if (this.#fault === 'refuse') {
      from.resetAndDestroy();
      return;
    }
    const to = connect(this.targetPort, '127.0.0.1');
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      this.#pairs.add(one);
      one.setNoDelay(true);
      one.on('error', () => {});
      one.on('close', () => {
        this.#pairs.delete(one);
        // Of a connection that hangs half open neither side hears of the other.
        if (this.#fault !== 'half-open') other.destroy();
      });
      void this.#carry(one, other);
    }
  }

  async #carry(from: Socket, to: Socket): Promise<void> {
    let dead = false;
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        // For good: TCP delivers what came later only after what came before.
        dead ||= this.#fault === 'half-open';
        if (dead) continue;
        if (this.#fault === 'delay') await pause(DELAY_MS);
        if (this.#fault === 'cut') {
          to.write(chunk.subarray(0, CUT_AFTER_BYTES), () => to.resetAndDestroy());
          from.resetAndDestroy();
          return;
        }
        if (this.#fault === 'slow') {
          for (let at = 0; at < chunk.length; at += SLOW_BYTES) {
            to.write(chunk.subarray(at, at + SLOW_BYTES));
            // It ends with the fault, or a large frame would be on its way for minutes.
            if (this.#fault === 'slow') await pause(SLOW_PAUSE_MS);
          }
        } else if (!to.write(chunk)) await once(to, 'drain');
      }
    } catch {
      // One of both sides is gone, which the other one is told by 'close'.
    }
  }
}
