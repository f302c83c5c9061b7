/** Takes back what was done, the last of it first; a step that fails keeps none of the others from it. */
export function undoAll(steps: (() => void)[]): void {
  for (const step of steps.splice(0).reverse()) {
    try {
      step();
    } catch {
      // The other steps are still to be undone.
    }
  }
}
