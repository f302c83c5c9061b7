import { parentPort, workerData } from 'node:worker_threads';
import type { Classifier } from '../classify/classification.ts';
import { faultOfClassifier } from '../classify/declaration.ts';
import { messageOf } from '../errors.ts';
import type { ModuleReply, ModuleRequest, ModuleThreadOptions } from './protocol.ts';

// The thread in which one module of the operator's classifies. It may loop for ever or use all of its memory: then it is ended,
// and the monitor has gone on.

/** An answer is a few sentences; a longer one would cost the monitor's loop what the thread is there to save. */
const maxAnswerLength = 100_000;

if (parentPort !== null) void serve(parentPort, workerData as ModuleThreadOptions);

async function serve(port: NonNullable<typeof parentPort>, { url }: ModuleThreadOptions): Promise<void> {
  const reply = (message: ModuleReply): void => port.postMessage(message);
  let classifier: Classifier;
  try {
    classifier = ((await import(url)) as { readonly default: Classifier }).default;
    const fault = faultOfClassifier(classifier);
    if (fault !== undefined) throw new Error(`its default export ${fault}`);
  } catch (error) {
    reply({ kind: 'refused', message: messageOf(error) });
    return;
  }
  port.on('message', (request: ModuleRequest) => void answer(classifier, request).then(reply));
  reply({ kind: 'ready', name: classifier.name, outputKeys: [...(classifier.outputKeys ?? [])] });
}

async function answer(classifier: Classifier, { id, subject }: ModuleRequest): Promise<ModuleReply> {
  let said: unknown;
  try {
    said = await classifier.classify(subject);
  } catch (thrown) {
    return { kind: 'failed', id, failure: 'throw', message: messageOf(thrown) };
  }
  if (said === undefined || said === null) return { kind: 'answer', id, json: null };
  try {
    const json = JSON.stringify(said) ?? 'null';
    if (json.length <= maxAnswerLength) return { kind: 'answer', id, json };
    return {
      kind: 'failed',
      id,
      failure: 'answer',
      message: `its answer is longer than ${maxAnswerLength} characters`,
    };
  } catch (error) {
    return { kind: 'failed', id, failure: 'answer', message: `its answer is no plain data: ${messageOf(error)}` };
  }
}
