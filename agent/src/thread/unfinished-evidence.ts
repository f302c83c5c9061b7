import { EvidenceTrigger } from '@streamgauge/proto';
import { locationMessage } from '../sample/frames.ts';
import { placeIn } from '../sample/operator-place.ts';
import type { EvidenceInit } from '../sample/sampling.ts';
import { createSourceReader, pathsOf, projectFiles, type SourceReader } from '../sample/source-files.ts';
import type { Drained, FunctionText, SourceLocation, UnfinishedOperator } from './messages.ts';

/** The main thread waits to exit meanwhile, 40 ms at most, and everything is still to be sent: too short for parsing a source. */
const SEARCH_MS = 12;

/** Where an operator may have been put together; undefined: not known. */
export type PlaceOf = (operatorId: number) => SourceLocation | undefined;

/** What is told of the operators that an event loop has left behind when it ran dry, one evidence each. */
export function unfinishedEvidence(
  { unfinished, files }: Drained,
  placeOf: PlaceOf,
  nowMs: () => number,
): EvidenceInit[] {
  if (unfinished.length === 0) return [];
  const dueMs = nowMs() + SEARCH_MS;
  const reader = createSourceReader(nowMs, SEARCH_MS);
  const likely = pathsOf([...unfinished.flatMap(({ id }) => placeOf(id)?.file ?? []), ...files]);
  let project: readonly string[] | undefined;
  const search = (start: FunctionText): SourceLocation | undefined => {
    const near = locate(likely, start, reader);
    if (near !== undefined || files[0] === undefined || nowMs() >= dueMs) return near;
    project ??= projectFiles(files[0], () => nowMs() < dueMs);
    return locate(project, start, reader);
  };
  return unfinished.map((operator) => evidenceOf(operator, operator.start && search(operator.start)));
}

function evidenceOf(operator: UnfinishedOperator, location: SourceLocation | undefined): EvidenceInit {
  const { id, callbackOutstanding, promiseOutstanding, missing } = operator;
  const reason = missing || 'its function was not found among the files of the project in time';
  return {
    trigger: EvidenceTrigger.LOOP_DRAINED,
    operatorId: id,
    callbackOutstanding,
    promiseOutstanding,
    ...(location === undefined
      ? { missing: [`place of the operator's code: ${reason}`] }
      : { operatorLocation: locationMessage(location) }),
  };
}

function locate(paths: readonly string[], start: FunctionText, reader: SourceReader): SourceLocation | undefined {
  const found = placeIn(paths, start.text, start, reader)?.location;
  if (found === undefined || start.waitsAt === undefined) return found;
  return { ...found, line: start.waitsAt.line + 1, column: start.waitsAt.column + 1 };
}
