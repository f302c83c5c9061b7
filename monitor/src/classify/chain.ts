import { classifyBuiltIn } from './built-in.ts';
import type { Case, Classification, Classifier, NamedClassification } from './classification.ts';

/** How long one plugin may think, milliseconds. */
export const classifierTimeoutMs = 2000;

/** Calls back once after delayMs unless the returned function is called before; the only thing a chain needs of time. */
export type Alarm = (delayMs: number, callback: () => void) => () => void;

/** A text of a plugin longer than this is cut. */
const maxTextLength = 500;
const maxReasons = 20;

/**
 * Asks the plugins in their order, then the built-in classifiers; the first answer counts. A plugin that throws, hangs or
 * answers nonsense is passed over and named in the reasons, so there is always a classification and never an exception.
 */
export async function classify(
  subject: Case,
  plugins: readonly Classifier[],
  alarm: Alarm,
): Promise<NamedClassification> {
  const trouble: string[] = [];
  for (const plugin of plugins) {
    try {
      const decided = await withinTime(plugin, subject, alarm);
      if (decided !== undefined) {
        const checked = checkAnswer(decided);
        return { ...checked, reasons: [...checked.reasons, ...trouble], classifier: plugin.name };
      }
    } catch (thrown) {
      const text = thrown instanceof Error ? thrown.message : String(thrown);
      trouble.push(`Classifier ${plugin.name} was passed over: ${clip(text)}`);
    }
  }
  const builtIn = classifyBuiltIn(subject);
  return { ...builtIn, reasons: [...builtIn.reasons, ...trouble] };
}

function withinTime(plugin: Classifier, subject: Case, alarm: Alarm): Promise<Classification | undefined> {
  return new Promise((resolve, reject) => {
    const cancel = alarm(classifierTimeoutMs, () => {
      reject(new Error(`it gave no answer within ${classifierTimeoutMs / 1000} s`));
    });
    new Promise<Classification | undefined>((settle) => settle(plugin.classify(subject)))
      .then(resolve, reject)
      .finally(cancel);
  });
}

/** A plugin is somebody else's code: what it answers is checked before it goes into an incident. */
function checkAnswer(answer: Classification): Classification {
  const { category, mechanism, confidence, location, reasons } = answer;
  if (typeof category !== 'string' || category === '' || typeof mechanism !== 'string' || mechanism === '') {
    throw new Error('its answer lacks a category or a mechanism');
  }
  if (typeof confidence !== 'number' || !(confidence >= 0 && confidence <= 1)) {
    throw new Error('its confidence is not a number from 0 to 1');
  }
  const place =
    location == null
      ? null
      : {
          function: clip(String(location.function ?? '')),
          file: clip(String(location.file ?? '')),
          line: Number(location.line) || 0,
          column: Number(location.column) || 0,
        };
  const texts = Array.isArray(reasons) ? reasons.slice(0, maxReasons).map((reason) => clip(String(reason))) : [];
  return { category: clip(category), mechanism: clip(mechanism), confidence, location: place, reasons: texts };
}

function clip(text: string): string {
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text;
}
