import { readFile } from 'node:fs/promises';

/** What a text has to be to be a token: it has to fit into a header, and be too long to be guessed. */
export const tokenShape = '16 to 1024 visible ASCII characters without spaces';

/** Whether a text has that shape. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]{16,1024}$/.test(text);
}

/** The token in a file, without the white space around it. Throws with a sentence that does not repeat the content. */
export async function readTokenFile(path: string): Promise<string> {
  const text = (await readFile(path, 'utf8')).trim();
  if (!isToken(text)) throw new Error(`${path} holds no token: write ${tokenShape}`);
  return text;
}
