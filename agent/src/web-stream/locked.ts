/** Whether somebody reads from a Web Stream, or a pipe does. */
export function isLocked(readable: object | undefined): boolean {
  return (readable as { locked?: unknown } | undefined)?.locked === true;
}
