import { classifyBuiltIn } from '../classify/built-in.ts';
import { classify, type PluginReport, pluginsFor } from '../classify/chain.ts';
import type { Case, NamedClassification } from '../classify/classification.ts';
import type { Plugins } from '../classify/plugin.ts';
import type { Finding } from '../detect/finding.ts';
import { dedupKey } from '../incident/dedup-key.ts';

/** Cases whose plugin answers are kept at the same time. */
const maxCases = 2000;

interface Entry {
  version: string;
  running: boolean;
  decided: NamedClassification | undefined;
}

/**
 * The classification of every case, at once: built-in when there are no plugins or they have not answered yet, theirs as soon
 * as they have. Plugins are asked again only when the evidence has changed, and never twice at the same time about one case.
 */
export class CaseClassifier {
  readonly #entries = new Map<string, Entry>();
  readonly #plugins: Plugins;
  readonly #report: PluginReport;
  readonly #onDecided: (worker: string) => void;

  constructor(options: {
    readonly plugins: Plugins;
    readonly report: PluginReport;
    /** Called when a plugin has answered, so that the worker's incidents can be looked at again. */
    readonly onDecided: (worker: string) => void;
  }) {
    this.#plugins = options.plugins;
    this.#report = options.report;
    this.#onDecided = options.onDecided;
  }

  /** key names the case, version its evidence. */
  decide(key: string, version: string, subject: Case): NamedClassification {
    const plugins = pluginsFor(subject, this.#plugins);
    if (plugins.length === 0) return classifyBuiltIn(subject);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      if (this.#entries.size >= maxCases) this.#entries.delete(this.#entries.keys().next().value ?? '');
      entry = { version: '', running: false, decided: undefined };
      this.#entries.set(key, entry);
    }
    if (entry.version !== version && !entry.running) {
      entry.version = version;
      entry.running = true;
      void this.#ask(entry, subject, plugins);
    }
    return entry.decided ?? classifyBuiltIn(subject);
  }

  /** The case is closed. */
  forget(key: string): void {
    this.#entries.delete(key);
  }

  async #ask(entry: Entry, subject: Case, plugins: Parameters<typeof classify>[1]): Promise<void> {
    entry.decided = await classify(subject, plugins, this.#report);
    entry.running = false;
    this.#onDecided(subject.finding.worker);
  }
}

/** Findings of the same case share their classification, also when a blocked loop's operator becomes known later. */
export function caseKey(finding: Finding): string {
  return finding.rule === 'loop-blocked' ? JSON.stringify([finding.worker, finding.rule]) : dedupKey(finding);
}
