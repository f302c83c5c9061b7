import type { Finding } from '../../detect/finding.ts';
import type { IncidentFrame } from '../../incident/incident.ts';
import type { BuiltInClassifier, Classification } from '../classification.ts';
import { calledInto, innermost, isSomebodys, lineToOpen, placeName } from '../frames.ts';
import { type OperatorStack, operatorStack } from '../operator-stack.ts';
import { openPeers } from '../resources.ts';
import { handedOut, isFileRequestOpen, wayOutOf } from '../way-out.ts';

/** Parts of the runtime that talk to somebody outside the process. */
const peerModule =
  /^node:(?:net|tls|http|https|http2|dgram|dns|internal\/(?:dns|http2|deps\/undici))|^node:_(?:http|tls)/;
/** Parts of the runtime that read and write files. */
const fileModule = /^node:(?:fs|internal\/fs)\b/;
/** The runtime's HTTP client while it waits for an answer. It has no link to who called `fetch`. */
const requestFrame = /^node:internal\/deps\/undici\//;

/** Why the line of one record among several is not certain. */
const otherRecords =
  'The operator has several records at once; that this call holds the stuck one is likely and not proven.';

/** Highest confidence while no frame ties the stack to the operator. */
const unprovenConfidence = 0.4;

/**
 * The operator waits for a promise that is not settled, and the stack of the suspended call is known. Something outside the
 * code is to blame when the innermost frames are a part of the runtime that waits for it, when the operator has written what
 * it holds into it, when the only request that is under way can be nobody else's, or when the awaited code is a package's.
 * Otherwise the user's own promise is missing, whatever connections happen to be open.
 */
export const awaitPending: BuiltInClassifier = {
  name: 'await-pending',
  classify: ({ finding, evidence, operator }) => {
    const stuck = finding.rule === 'record-stuck';
    if (finding.rule !== 'operator-stalled' && !stuck) return undefined;
    const locations = operator?.location == null ? [] : [operator.location];
    const stack = operatorStack(evidence, { id: finding.operatorId, name: finding.operator, locations });
    // A connection, pipe or file is the runtime's own code: a suspended call of the project is another operator's.
    if (stack === undefined || wayOutOf(finding.operator, stack.evidence.resources) !== undefined) return undefined;
    const decided = classifyStack(stack, finding);
    if (decided === undefined || (stack.certain && !stuck)) return decided;
    const unproven = stuck
      ? otherRecords
      : 'That this call belongs to the operator is likely and not proven by a frame.';
    const confidence = Math.min(decided.confidence, unprovenConfidence);
    return { ...decided, confidence, reasons: [...decided.reasons, unproven] };
  },
};

function classifyStack(stack: OperatorStack, finding: Finding): Classification | undefined {
  const { frames } = stack;
  const { resources } = stack.evidence;
  const inner = innermost(frames);
  if (inner === undefined) return undefined;
  const peers = openPeers(resources);
  const held = `the process holds ${peers.join(', ')} open`;
  const decide = (category: string, confidence: number, reason: string): Classification => ({
    category,
    mechanism: 'await-pending',
    confidence,
    location: lineToOpen(frames),
    reasons: [`The operator's call awaits a promise that is not settled, at ${placeName(inner)}.`, reason],
  });
  const runtime = calledInto(frames).filter(({ origin }) => origin === 'node');
  const file = runtime.find((frame) => fileModule.test(frame.file));
  if (file !== undefined && isFileRequestOpen(resources)) {
    return decide(
      'resource',
      0.8,
      `The innermost frames are in ${file.file}, and a request to the file system is open.`,
    );
  }
  const talk = runtime.find((frame) => peerModule.test(frame.file));
  if (talk !== undefined && peers.length > 0) {
    return decide('dependency', 0.8, `The innermost frames are in ${talk.file}, and ${held}.`);
  }
  if (inner.origin === 'dependency') {
    const also = peers.length > 0 ? ` The process holds ${peers.join(', ')} open.` : '';
    return decide(
      'dependency',
      also === '' ? 0.6 : 0.7,
      `The innermost awaited code belongs to an installed package.${also}`,
    );
  }
  const way = handedOut(finding, resources);
  if (way !== undefined) return decide(way.category, way.certain ? 0.7 : 0.5, way.reason);
  const request = soleRequest(stack);
  if (request !== undefined && peers.length > 0) {
    const reason = `An HTTP request of the process waits in ${request}, no other call of the project is suspended, and ${held}.`;
    return decide('dependency', 0.6, reason);
  }
  if (peers.length > 0) return decide('user', 0.6, `It may also wait for a peer: ${held}.`);
  return decide('user', 0.8, 'No connection is open.');
}

/** Function of the runtime's HTTP client that waits, when no suspended call but the operator's can have made the request. */
function soleRequest({ frames, evidence }: OperatorStack): string | undefined {
  const awaits = evidence.samples.filter((sample) => sample.kind === 'await');
  const others = awaits.filter((sample) => sample.frames !== frames && sample.frames.some(isNamedCode));
  const request = awaits.find(({ frames: [first] }) => first?.origin === 'node' && requestFrame.test(first.file));
  return others.length === 0 ? request?.frames[0]?.function : undefined;
}

/** The module that built the pipeline and awaits its end has no function name. */
function isNamedCode(frame: IncidentFrame): boolean {
  return isSomebodys(frame) && frame.function !== '';
}
