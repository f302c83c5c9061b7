/**
 * Text from workers and from the network must not forge lines, move the cursor of a terminal, or turn the direction of writing. What a
 * worker sends is cleaned when it arrives (`clampText` of the protocol replaces the same); requests and files are not.
 */
export function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\p{Bidi_Control}]/gu, '\ufffd');
}

/** The same for text of several lines. */
export function printable(text: string): string {
  return text.split('\n').map(onOneLine).join('\n');
}
