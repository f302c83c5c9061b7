import type { RecordInFlight, RecordOperator } from '../operator/record-operator.ts';

/** Records that have failed and are expected again; beyond that they count as done with. */
const MAX_FAILED = 10_000;
/** How far the causes of an error are followed. */
const MAX_CAUSES = 5;

/** The records that a consumer's handler has, by partition and offset. A record that failed is still in hand: it comes again. */
export class KafkaHandler {
  readonly operator: RecordOperator;
  readonly #failed: Map<string, Map<number, RecordInFlight>> = new Map();
  #failedCount = 0;
  readonly #thrown: WeakSet<object> = new WeakSet();
  /** The record that has come again last while it was the oldest in hand, and how often. */
  #repeated: RecordInFlight | undefined;
  #repeats = 0;

  constructor(operator: RecordOperator) {
    this.operator = operator;
  }

  begin(partition: string, offset: number): RecordInFlight {
    const failed = this.#failed.get(partition);
    const again = failed?.get(offset);
    if (failed !== undefined) {
      // A consumer that goes on behind a failed record has given it up.
      for (const [before, record] of failed) if (before < offset) this.#drop(failed, before, record);
      if (again !== undefined) {
        failed.delete(offset);
        this.#failedCount--;
        this.#countAgain(again);
        return again;
      }
    }
    return this.operator.receive(`${partition}@${offset}`);
  }

  /** How often the record that it has had for longest has come to it again. */
  get repeats(): number {
    return this.#repeated !== undefined && this.#repeated === this.operator.oldest() ? this.#repeats : 0;
  }

  /** A call of the handler has thrown. */
  threw(reason: string, error: unknown): void {
    this.operator.fail(reason, error);
    if (typeof error === 'object' && error !== null) this.#thrown.add(error);
  }

  /** Whether an error is one that the handler has thrown, or was made of one. */
  hasThrown(error: unknown): boolean {
    let at = error;
    for (let depth = 0; depth < MAX_CAUSES && typeof at === 'object' && at !== null; depth++) {
      if (this.#thrown.has(at)) return true;
      at = (at as { readonly cause?: unknown }).cause;
    }
    return false;
  }

  failed(partition: string, offset: number, record: RecordInFlight): void {
    if (record.over) return;
    if (this.#failedCount >= MAX_FAILED) {
      this.operator.finishRecord(record);
      return;
    }
    const failed = this.#failed.get(partition) ?? new Map<number, RecordInFlight>();
    failed.set(offset, record);
    this.#failed.set(partition, failed);
    this.#failedCount++;
  }

  /** Partitions that are another's now bring nothing again. */
  keepOnly(partitions: ReadonlySet<string>): void {
    for (const [partition, failed] of this.#failed) {
      if (partitions.has(partition)) continue;
      for (const [offset, record] of failed) this.#drop(failed, offset, record);
      this.#failed.delete(partition);
    }
  }

  #countAgain(record: RecordInFlight): void {
    if (record !== this.operator.oldest()) return;
    this.#repeats = record === this.#repeated ? this.#repeats + 1 : 1;
    this.#repeated = record;
  }

  #drop(failed: Map<number, RecordInFlight>, offset: number, record: RecordInFlight): void {
    failed.delete(offset);
    this.#failedCount--;
    this.operator.finishRecord(record);
  }
}
