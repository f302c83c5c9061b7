// What the tool inside a program says goes to descriptor 3, a line of JSON each: written at once, for the loop may never come round.
import { writeSync } from 'node:fs';

export function say(text, more = {}) {
  try {
    writeSync(3, `${JSON.stringify({ text, ...more })}\n`);
  } catch {
    // Nobody listens any more.
  }
}
