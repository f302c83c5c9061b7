/** Set by an agent, and inherited by the processes that its process starts: whose the name of a worker is. */
const OWNER = 'STREAMGAUGE_WORKER_OWNER';

type Environment = Record<string, string | undefined>;

/**
 * Whether a process up the family has this name, which the environment gives to all of it: helpers, workers of a cluster and
 * processors of a queue inherit it, and whoever came second under one name would take the place of the first.
 */
export function isNameTaken(name: string, environment: Readonly<Environment>, pid: number): boolean {
  const [owner, ...words] = (environment[OWNER] ?? '').split(' ');
  return words.join(' ') === name && owner !== String(pid);
}

/** Tells the processes that this one will start that the name is its own. Gives the function that takes it back. */
export function claimName(name: string, environment: Environment, pid: number): () => void {
  const before = environment[OWNER];
  const claim = `${pid} ${name}`;
  environment[OWNER] = claim;
  return () => {
    if (environment[OWNER] !== claim) return;
    if (before === undefined) delete environment[OWNER];
    else environment[OWNER] = before;
  };
}
