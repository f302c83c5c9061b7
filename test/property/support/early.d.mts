/** Gives what makes it as it was. */
export function makeEarly(agent: object): () => void;
