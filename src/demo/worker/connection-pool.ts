/** Stands for a connection to a database. */
export interface Connection {
  readonly id: number;
}

/** A few connections that many share: who finds none free waits until one is given back. */
export class ConnectionPool {
  readonly #free: Connection[] = [];
  readonly #waiting: ((connection: Connection) => void)[] = [];
  #kept: Connection[] | undefined;

  constructor(size: number) {
    for (let id = 1; id <= size; id += 1) this.#free.push({ id });
  }

  acquire(): Promise<Connection> {
    const connection = this.#free.pop();
    return connection === undefined
      ? new Promise((resolve) => this.#waiting.push(resolve))
      : Promise.resolve(connection);
  }

  release(connection: Connection): void {
    if (this.#kept !== undefined) {
      this.#kept.push(connection);
      return;
    }
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(connection);
    else next(connection);
  }

  /** From now on no connection comes back, as if their users forgot to release them; gives the function that mends it. */
  leak(): () => void {
    const kept = this.#free.splice(0);
    this.#kept = kept;
    return () => {
      this.#kept = undefined;
      for (const connection of kept.splice(0)) this.release(connection);
    };
  }
}
