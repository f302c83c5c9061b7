// Breaks the monitor: it acknowledges what it has not stored yet. The faults have to find it.
import { registerHooks } from 'node:module';

const HONEST = 'const added = await options.store.appendEvents(options.origin, batch);';
const BROKEN = `options.onCommitted(new Map(batch.map((event) => [event.topic, event.number])), 0);
            ${HONEST}`;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!/\/link\/event-lane\.[jt]s$/.test(url)) return loaded;
    const source = String(loaded.source);
    if (!source.includes(HONEST)) throw new Error('There is nothing to break any more: this mutant is out of date.');
    return { ...loaded, source: source.replace(HONEST, BROKEN) };
  },
});
