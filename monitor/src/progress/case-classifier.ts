import { classifyBuiltIn } from '../classify/built-in.ts';
import { type Alarm, classify } from '../classify/chain.ts';
import type { Case, Classifier, NamedClassification } from '../classify/classification.ts';

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
  readonly #plugins: readonly Classifier[];
  readonly #alarm: Alarm;
  readonly #onDecided: (worker: string) => void;

  constructor(options: {
    readonly plugins: readonly Classifier[];
    readonly alarm: Alarm;
    /** Called when a plugin has answered, so that the worker's incidents can be looked at again. */
    readonly onDecided: (worker: string) => void;
  }) {
    this.#plugins = options.plugins;
    this.#alarm = options.alarm;
    this.#onDecided = options.onDecided;
  }

  /** key names the case, version its evidence. */
  decide(key: string, version: string, subject: Case): NamedClassification {
    if (this.#plugins.length === 0) return classifyBuiltIn(subject);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      if (this.#entries.size >= maxCases) this.#entries.delete(this.#entries.keys().next().value ?? '');
      entry = { version: '', running: false, decided: undefined };
      this.#entries.set(key, entry);
    }
    if (entry.version !== version && !entry.running) this.#ask(entry, version, subject);
    return entry.decided ?? classifyBuiltIn(subject);
  }

  /** The case is closed. */
  forget(key: string): void {
    this.#entries.delete(key);
  }

  #ask(entry: Entry, version: string, subject: Case): void {
    entry.version = version;
    entry.running = true;
    void classify(subject, this.#plugins, this.#alarm).then((decided) => {
      entry.running = false;
      entry.decided = decided;
      this.#onDecided(subject.finding.worker);
    });
  }
}
