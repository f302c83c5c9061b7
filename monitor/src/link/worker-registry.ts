/** Sessions remembered per worker name, to tell a restart from two processes that take turns. */
const rememberedSessions = 4;

/** Worker names whose sessions are remembered. */
const maxRemembered = 4096;

/** Which connection serves a worker now. */
export interface WorkerRegistry<Connection> {
  /**
   * Puts the connection in the place of the one before, in one step. `duplicate` is true when the session had been replaced
   * by another one before and now comes back: two live processes use the same name.
   */
  take(
    worker: string,
    session: string,
    connection: Connection,
  ): { readonly replaced: Connection | undefined; readonly duplicate: boolean };
  /** Forgets the connection if it is still the one that serves the worker; gives whether it was. */
  release(worker: string, connection: Connection): boolean;
  get(worker: string): Connection | undefined;
  readonly size: number;
}

/** Creates an empty registry. */
export function createWorkerRegistry<Connection>(): WorkerRegistry<Connection> {
  const serving = new Map<string, Connection>();
  const history = new Map<string, readonly string[]>();
  return {
    take: (worker, session, connection) => {
      const replaced = serving.get(worker);
      serving.set(worker, connection);
      const sessions = history.get(worker) ?? [];
      const duplicate = sessions.slice(0, -1).includes(session) && sessions.at(-1) !== session;
      history.delete(worker);
      if (history.size >= maxRemembered) history.delete(history.keys().next().value as string);
      history.set(worker, [...sessions.filter((known) => known !== session), session].slice(-rememberedSessions));
      return { replaced, duplicate };
    },
    release: (worker, connection) => {
      if (serving.get(worker) !== connection) return false;
      serving.delete(worker);
      return true;
    },
    get: (worker) => serving.get(worker),
    get size() {
      return serving.size;
    },
  };
}
