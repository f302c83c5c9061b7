import { NoAnswerError } from '@streamgauge/agent/external';
import type { Deadline } from './deadline.ts';
import { noAnswer, type OpenInspector, openInspector } from './inspector.ts';
import { examineTarget, type TargetProcess } from './target-process.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Does something through the inspector of a process and closes it again, whatever happens, also when this command is told to
 * end. `closed` is false when its port could not be seen closing. Throws CliError as openInspector does.
 */
export async function withInspector<Result extends object>(
  pid: number,
  deadline: Deadline,
  work: (target: TargetProcess, inspector: OpenInspector) => Promise<Result>,
): Promise<Result & { readonly closed: boolean }> {
  const target = examineTarget(pid);
  const inspector = await openInspector(target, deadline);
  const leave = (): void => void inspector.close().finally(() => process.exit(1));
  for (const signal of SIGNALS) process.once(signal, leave);
  let result: Result;
  try {
    result = await work(target, inspector);
  } catch (error) {
    await inspector.close();
    throw error instanceof NoAnswerError ? noAnswer(`process ${pid} does not answer in time`) : error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, leave);
  }
  return { ...result, closed: await inspector.close() };
}
