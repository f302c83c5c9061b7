import { connect, type Socket } from 'node:net';

/** A client of the storage: one line of JSON per entry, acknowledged by one line each. */
export class Storage {
  readonly #socket: Socket;
  readonly #unacknowledged: (() => void)[] = [];

  constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port });
    this.#socket.on('data', (chunk: Buffer) => {
      for (const byte of chunk) if (byte === NEWLINE) this.#unacknowledged.shift()?.();
    });
    // Without its storage the program has nothing left to do.
    this.#socket.on('error', () => process.exit(1));
    this.#socket.on('end', () => process.exit(0));
  }

  async put(entry: unknown): Promise<void> {
    this.#socket.write(`${JSON.stringify(entry)}\n`);
    await this.#acknowledgement();
  }

  #acknowledgement(): Promise<void> {
    return new Promise((resolve) => this.#unacknowledged.push(resolve));
  }
}

const NEWLINE = 0x0a;
