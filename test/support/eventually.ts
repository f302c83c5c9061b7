/** Waits until something becomes true in the real world of sockets; fails after five seconds. */
export async function eventually(isTrue: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 5000;
  while (!isTrue()) {
    if (performance.now() > deadlineMs) throw new Error(`It never became true: ${isTrue.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
