import { readFileSync } from 'node:fs';
import { CliError } from '../errors.ts';

/** The token in a file. Throws CliError SG_CLI_TOKEN_FILE; the token itself is never repeated. */
export function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError('SG_CLI_TOKEN_FILE', `the token file ${JSON.stringify(file)} cannot be read (${code}).`, 2);
  }
}
