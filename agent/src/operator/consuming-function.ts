import { fileOf } from './call-site.ts';

/** How many streams are looked at for those that a function writes to. */
const MAX_LOOKS = 64;

/** The function that takes what an operator gives, one record at a time; known by its file and name. */
export class ConsumingFunction {
  readonly #file: string;
  readonly #name: string | null;
  #looks = 0;

  constructor(file: string, name: string | null) {
    this.#file = file;
    this.#name = name;
  }

  /** Enough streams were looked at. */
  get tired(): boolean {
    return this.#looks > MAX_LOOKS;
  }

  /** True when a call lies in the function. */
  contains(caller: NodeJS.CallSite): boolean {
    this.#looks++;
    return fileOf(caller) === this.#file && caller.getFunctionName() === this.#name;
  }
}
