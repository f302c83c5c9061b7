import { type CheckedAnswer, checkAnswer, clip } from './answer.ts';
import { classifyBuiltIn } from './built-in.ts';
import type { Case, Classification, NamedClassification } from './classification.ts';
import { type Plugin, PluginError, type PluginFailure, type Plugins } from './plugin.ts';

/** Labels of one incident, of all plugins together. */
const maxLabels = 50;

/** Told of everything that went wrong with a plugin. */
export interface PluginReport {
  failed(plugin: string, failure: PluginFailure, message: string): void;
  /** It gave labels of keys that it has not declared, or that are no text. */
  labelsDropped(plugin: string, count: number): void;
}

/** The plugins that are asked about a case, in their order, each once. */
export function pluginsFor({ finding }: Case, { classifiers, failureClassifiers }: Plugins): readonly Plugin[] {
  if (finding.type !== 'failure' || failureClassifiers.length === 0) return classifiers;
  return [...new Set([...failureClassifiers, ...classifiers])];
}

/**
 * Asks the plugins in their order, then the built-in classifiers; the first decision counts. Plugins behind it are asked only
 * when they give labels: those of all are put together, as in Flink's failure enrichers (FLIP-304). A plugin that gives no answer
 * is passed over and named in the reasons, so there is always a classification and never an exception.
 */
export async function classify(
  subject: Case,
  plugins: readonly Plugin[],
  report: PluginReport,
): Promise<NamedClassification> {
  const answers: Answer[] = [];
  let decided: Classification | undefined;
  let decider = '';
  for (const plugin of plugins) {
    const answer = await ask(plugin, subject, report);
    answers.push(answer);
    decided = answer.checked?.decision;
    decider = plugin.name;
    if (decided !== undefined) break;
  }
  const labelling = plugins.slice(answers.length).filter(({ outputKeys }) => outputKeys.length > 0);
  answers.push(...(await Promise.all(labelling.map((plugin) => ask(plugin, subject, report)))));
  const labels = Object.fromEntries(
    answers.flatMap(({ checked }) => Object.entries(checked?.labels ?? {})).slice(0, maxLabels),
  );
  const trouble = answers.flatMap(({ trouble: sentence }) => sentence ?? []);
  const chosen = decided === undefined ? classifyBuiltIn(subject) : { ...decided, classifier: decider };
  return { ...chosen, reasons: [...chosen.reasons, ...trouble], labels };
}

/** What came of asking one plugin. */
interface Answer {
  readonly checked?: CheckedAnswer;
  /** Why it was passed over, for people. */
  readonly trouble?: string;
}

async function ask(plugin: Plugin, subject: Case, report: PluginReport): Promise<Answer> {
  const { name, outputKeys } = plugin;
  const passedOver = (failure: PluginFailure, thrown: unknown): Answer => {
    const message = clip(thrown instanceof Error ? thrown.message : String(thrown));
    report.failed(name, failure, message);
    return { trouble: `Classifier ${name} was passed over: ${message}` };
  };
  let said: Awaited<ReturnType<Plugin['ask']>>;
  try {
    said = await plugin.ask(subject);
  } catch (thrown) {
    return passedOver(thrown instanceof PluginError ? thrown.failure : 'throw', thrown);
  }
  if (said === undefined || said === null) return {};
  try {
    const checked = checkAnswer(said, outputKeys);
    if (checked.dropped > 0) report.labelsDropped(name, checked.dropped);
    return { checked };
  } catch (thrown) {
    return passedOver('answer', thrown);
  }
}
