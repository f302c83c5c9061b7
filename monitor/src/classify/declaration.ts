import { maxOutputKeys, outputKey } from './answer.ts';

/** What is wrong with what should be a classifier, as the end of a sentence; undefined: nothing. */
export function faultOfClassifier(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'is no object with a name and a classify function';
  const { name, classify, outputKeys } = value as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || !/^.{1,100}$/.test(name)) return 'has no name of 1 to 100 characters in one line';
  if (typeof classify !== 'function') return 'has no classify function';
  if (outputKeys === undefined) return undefined;
  if (!Array.isArray(outputKeys) || outputKeys.length > maxOutputKeys) {
    return `has outputKeys that are no list of at most ${maxOutputKeys}`;
  }
  const odd = outputKeys.find((key) => typeof key !== 'string' || !outputKey.test(key));
  if (odd !== undefined)
    return `has the output key ${JSON.stringify(odd)}, which is not of the form ${outputKey.source}`;
  return new Set(outputKeys).size < outputKeys.length ? 'declares an output key twice' : undefined;
}
