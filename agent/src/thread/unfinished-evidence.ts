import { EvidenceTrigger, SampleKind } from '@streamgauge/proto';
import type { RawFrame } from '../sample/call-sites.ts';
import { locationMessage, sampleMessages } from '../sample/frames.ts';
import { type FunctionPlace, placeIn } from '../sample/operator-place.ts';
import type { EvidenceInit } from '../sample/sampling.ts';
import { createSourceReader, pathsOf, projectFiles } from '../sample/source-files.ts';
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
  { agentFolder, unixMs }: { readonly agentFolder: string; readonly unixMs: number },
): EvidenceInit[] {
  if (unfinished.length === 0) return [];
  const dueMs = nowMs() + SEARCH_MS;
  const reader = createSourceReader(nowMs, SEARCH_MS);
  const likely = pathsOf([...unfinished.flatMap(({ id }) => placeOf(id)?.file ?? []), ...files]);
  let project: readonly string[] | undefined;
  const search = (start: FunctionText): FunctionPlace | undefined => {
    const near = placeIn(likely, start.text, start, reader);
    if (near !== undefined || files[0] === undefined || nowMs() >= dueMs) return near;
    project ??= projectFiles(files[0], () => nowMs() < dueMs);
    return placeIn(project, start.text, start, reader);
  };
  return unfinished.map((operator) => {
    const place = operator.start && search(operator.start);
    const frame = place && waitingFrame(operator, place);
    const groups = frame === undefined ? [] : [{ count: 1, frames: [frame], own: true }];
    return {
      ...evidenceOf(operator, place && withLine(place.location, frame)),
      samples: sampleMessages(SampleKind.AWAIT, groups, unixMs, agentFolder),
    };
  });
}

/** Where its generator is suspended, which V8 tells; of an asynchronous function it does not. */
function waitingFrame({ start }: UnfinishedOperator, { location }: FunctionPlace): RawFrame | undefined {
  const at = start?.waitsAt;
  return at === undefined ? undefined : [location.function, location.file, at.line + 1, at.column + 1];
}

function withLine(location: SourceLocation, frame: RawFrame | undefined): SourceLocation {
  return frame === undefined ? location : { ...location, line: frame[2], column: frame[3] };
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
