/** Names and paths come from workers: nothing in them may move the cursor, forge a line or turn the writing direction. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
