/** A slot of the table that no word has taken. */
export const EMPTY = 0;

const SLOTS = 256;
const WORDS =
  'about after all also and any are because been but can could did does for from had has have her his how into its just may more most must nor not now off one only other our out over own same she should some such than that the their them then there these they this those too two under until very was were what when where which while who will with would you your';

/** Gives a hash table of the words that say nothing about a text; shared memory, so that every thread may use it. */
export function createStopWords(): Int32Array {
  const table = new Int32Array(new SharedArrayBuffer(SLOTS * Int32Array.BYTES_PER_ELEMENT));
  for (const word of WORDS.split(' ')) {
    let slot = hashOf(word) % SLOTS;
    while (table[slot] !== EMPTY) slot = (slot + 1) % SLOTS;
    table[slot] = hashOf(word);
  }
  return table;
}

/** FNV-1a over UTF-16 code units, kept positive and apart from EMPTY. */
export function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < word.length; index += 1) hash = Math.imul(hash ^ word.charCodeAt(index), 0x01000193);
  return (hash >>> 1) | 2;
}
