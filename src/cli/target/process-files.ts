import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { CliError } from '../../errors.ts';

/** What is read of a process below /proc; a test gives a folder of its own. */
export interface ProcessFiles {
  /** Text of a file of the process. Throws CliError when it cannot be read. */
  text(name: string): string;
  /** Where a link of the process points to. Throws CliError when it cannot be read. */
  link(name: string): string;
  /** What the descriptors of the process are, as the system names them, such as socket:[4711]. */
  descriptors(): readonly string[];
  /** How many processes its main thread has started that still run; undefined where the system does not tell. */
  children(): number | undefined;
}

/** The files of one process. */
export function processFiles(pid: number, root: string = '/proc'): ProcessFiles {
  const folder = `${root}/${pid}`;
  const guarded = <Result>(read: () => Result): Result => {
    try {
      return read();
    } catch (error) {
      throw unreadable(pid, error as NodeJS.ErrnoException);
    }
  };
  return {
    text: (name) => guarded(() => readFileSync(`${folder}/${name}`, 'utf8')),
    children() {
      try {
        return readFileSync(`${folder}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).length;
      } catch {
        return undefined;
      }
    },
    link: (name) => guarded(() => readlinkSync(`${folder}/${name}`)),
    descriptors: () =>
      guarded(() => readdirSync(`${folder}/fd`)).map((name) => {
        try {
          return readlinkSync(`${folder}/fd/${name}`);
        } catch {
          // Closed in between.
          return '';
        }
      }),
  };
}

/** Told in the words of whoever asked for the process. */
export function noProcess(pid: number): CliError {
  return new CliError('SG_CLI_NO_PROCESS', `there is no process ${pid}; look it up with: pgrep -a node`, 1);
}

function unreadable(pid: number, { code }: NodeJS.ErrnoException): CliError {
  if (code === 'ENOENT' || code === 'ESRCH') return noProcess(pid);
  return notPermitted(pid);
}

/** The process is somebody else's. */
export function notPermitted(pid: number): CliError {
  return new CliError(
    'SG_CLI_NOT_PERMITTED',
    `process ${pid} belongs to another user, or this user may not look into it; run this as the user of the process.`,
    1,
  );
}
