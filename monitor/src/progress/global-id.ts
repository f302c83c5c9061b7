/** Id of an operator or edge that is unique over all workers. */
export function globalId(worker: string, id: number): string {
  return `${worker}/${id}`;
}
