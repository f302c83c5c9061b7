import type { JsonObject, JsonValue } from '@streamgauge/proto';
import type { Section } from './section.ts';

/** Settings whose value is nobody's business, those that are still to be thought of among them. */
const SECRET = /token|secret|password|key/i;

/** The settings as they are in force, and which of them the worker's user has chosen. */
export const settings: Section = {
  name: 'settings',
  version: 1,
  body: ({ settings: own, live }) => {
    const shown: JsonObject = {};
    // What the monitor asked for stands in `live`.
    for (const [name, value] of Object.entries({ ...own, ...live })) {
      if (SECRET.test(name)) shown[name] = value === undefined ? 'none' : 'set';
      else if (value !== undefined)
        shown[name] = name === 'monitorUrl' ? withoutCredentials(String(value)) : plain(value);
    }
    return shown;
  },
};

/** The settings let none in; an address that was written into the code of another version may have some. */
function withoutCredentials(address: string): string {
  if (!URL.canParse(address)) return '';
  const { protocol, host, pathname } = new URL(address);
  return `${protocol}//${host}${pathname}`;
}

function plain(value: unknown): JsonValue {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'number' || typeof value === 'boolean' ? value : String(value);
}
