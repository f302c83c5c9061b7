import { readFile } from 'node:fs/promises';

/** Whether a text can be a token: visible ASCII, so that it fits into a header, and too long to be guessed. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]{16,1024}$/.test(text);
}

/** The token in a file, without the white space around it. Throws with a sentence that does not repeat the content. */
export async function readTokenFile(path: string): Promise<string> {
  const text = (await readFile(path, 'utf8')).trim();
  if (!isToken(text))
    throw new Error(`${path} holds no token: write 16 to 1024 visible ASCII characters without spaces`);
  return text;
}
