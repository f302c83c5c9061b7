import { delimiter, dirname } from 'node:path';
import { kafkaMockProgram, unpackedLibraries } from '../support/kafka-mock-program.ts';
import { debianProgram, installedProgram, type Peer } from '../support/peers.ts';
import type { StallCase } from './truth.ts';

/** Where the programs are that cases start, and which of them cannot be had. */
export interface Needs {
  /** An environment in which each of them is found by its name. */
  readonly env: NodeJS.ProcessEnv;
  /** Why a program is not there, by its name. */
  readonly missing: ReadonlyMap<string, string>;
}

/** Finds whatever the cases start, or gets it as the tests do. */
export async function findNeeds(cases: readonly Pick<StallCase, 'truth'>[], env: NodeJS.ProcessEnv): Promise<Needs> {
  const names = new Set(cases.flatMap(({ truth: { needs } }) => needs ?? []));
  const found = await Promise.all([...names].map(async (name) => [name, await find(name)] as const));
  const folders = found.flatMap(([, { path }]) => (path === undefined ? [] : [dirname(path)]));
  const libraries = await unpackedLibraries();
  return {
    env: {
      ...env,
      PATH: [...new Set(folders), env.PATH].join(delimiter),
      ...(libraries !== undefined && { LD_LIBRARY_PATH: libraries }),
    },
    missing: new Map(found.flatMap(([name, { reason }]) => (reason === undefined ? [] : [[name, reason]]))),
  };
}

function find(name: string): Promise<Peer> {
  if (name === 'kafka-mock') return kafkaMockProgram();
  return name === 'redis-server' || name === 'nats-server' ? debianProgram(name) : installedProgram(name);
}
