import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The major versions of each package that have gone through the tests of this repository, the newest with every run and the others by
 * hand. The hooks reach into what is not public in these packages, so that nothing is known of any other version.
 */
export const TESTED_MAJORS: Readonly<Record<string, readonly number[]>> = {
  kafkajs: [2],
  '@nats-io/jetstream': [3],
  ioredis: [5, 6],
  '@redis/client': [1, 5, 6],
  bullmq: [5, 6],
  amqplib: [2],
  rxjs: [7],
  streamx: [2],
  'readable-stream': [2, 3, 4],
};

/** A package that is left alone, because nothing is known of its version. */
export interface UntestedPackage {
  readonly name: string;
  readonly version: string;
  readonly tested: readonly number[];
}

/** The innermost package that a file lies in: its folder, and the name under which it was installed. */
const PACKAGE_OF = /^(.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+))[\\/]/;

/** Tells packages of tested versions from others, by the folder in which they are installed. */
export class TestedVersions {
  readonly #tell: (untested: UntestedPackage) => void;
  readonly #folders: Map<string, boolean> = new Map();

  /** @param tell Told of each package that is left alone, once for each folder in which it is installed. */
  constructor(tell: (untested: UntestedPackage) => void) {
    this.#tell = tell;
  }

  /** False: the file is of a package that is known, in a version that is not. */
  admits(file: string): boolean {
    const [, folder, installed = ''] = PACKAGE_OF.exec(file) ?? [];
    const name = installed.replace('\\', '/');
    if (folder === undefined || !Object.hasOwn(TESTED_MAJORS, name)) return true;
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const tested = TESTED_MAJORS[name] as readonly number[];
    const version = versionIn(folder);
    const admitted = version === undefined || tested.includes(Number.parseInt(version, 10));
    this.#folders.set(folder, admitted);
    if (!admitted) this.#tell({ name, version: version as string, tested });
    return admitted;
  }
}

function versionIn(folder: string): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}
