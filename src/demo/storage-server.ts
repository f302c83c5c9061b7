import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

const NEWLINE = 0x0a;

/** Where the demo's worker puts its index: takes lines, acknowledges each with an empty line, keeps none. */
export class StorageServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #reads = true;

  constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /** Gives the port, on the loopback address. */
  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** Whether it reads at all. While it does not, nobody gets an acknowledgement. */
  set reads(reads: boolean) {
    this.#reads = reads;
    for (const socket of this.#sockets) {
      if (reads) socket.resume();
      else socket.pause();
    }
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    // A worker that was killed: its end is noticed elsewhere.
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      let lines = 0;
      for (const byte of chunk) if (byte === NEWLINE) lines += 1;
      socket.write('\n'.repeat(lines));
    });
    if (!this.#reads) socket.pause();
  }
}
