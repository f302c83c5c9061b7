/** Text that is HTML already; everything else is escaped when it is put into a page. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | readonly Html[];

/** A template whose values are escaped, so that names from workers stay text. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(literals.reduce((page, literal, index) => page + render(parts[index - 1] ?? '') + literal));
}

/** A whole page. It reloads itself, so that what it shows does not grow old unseen; not one that asks workers. */
export function page(title: string, body: Html, { reloads = true }: { readonly reloads?: boolean } = {}): string {
  const refresh = new Html(reloads ? '<meta http-equiv="refresh" content="2">' : '');
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${refresh}
<title>${title}</title><style>${style}</style></head><body>${body}</body></html>
`.text;
}

const style = new Html(`
:root { color-scheme: light dark; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem auto; max-width: 72rem; padding: 0 1rem; }
section { border-left: 3px solid #c62828; padding-left: .9rem; margin: 0 0 1.8rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; }
th { font-weight: 600; color: #777; }
p, h1, h2, td:nth-child(-n+3), td:last-child { overflow-wrap: anywhere; }
td:nth-child(-n+3) { min-width: 6rem; }
td:first-child { min-width: 12rem; }
th.number, td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.stalled, .open { color: #c62828; font-weight: 600; }
.victim, .backpressured { color: #b26a00; }
.ok, .resolved { color: #2e7d32; }
.quiet { color: #777; }
pre { overflow-x: auto; background: #8881; padding: .6rem; }
@media print { body { max-width: none; } pre { overflow: visible; white-space: pre-wrap; background: none; } }
`);

function render(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  return part.map(({ text }) => text).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
