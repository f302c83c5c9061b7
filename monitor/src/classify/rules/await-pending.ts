import type { IncidentFrame } from '../../incident/incident.ts';
import type { WorkerEvidence } from '../../model/evidence.ts';
import type { BuiltInClassifier, Classification } from '../classification.ts';
import { innermost, lineToOpen, placeName } from '../frames.ts';
import { operatorStack } from '../operator-stack.ts';
import { openPeers } from '../resources.ts';

/** Parts of the runtime that talk to something outside the process. */
const outsideModule =
  /^node:(?:net|tls|http|https|http2|dgram|dns|fs|child_process|internal\/(?:fs|dns|child_process|streams|http2|deps\/undici))|^node:_(?:http|tls)|undici/;

/** Highest confidence while no frame ties the stack to the operator. */
const unprovenConfidence = 0.4;

/**
 * The operator waits for a promise that is not settled, and the stack of the suspended call is known. Code of the user's at the
 * innermost await means that their own promise is missing; a package or a part of the runtime that holds a connection open
 * means that something outside is.
 */
export const awaitPending: BuiltInClassifier = {
  name: 'await-pending',
  classify: ({ finding, evidence, operator }) => {
    if (finding.rule !== 'operator-stalled') return undefined;
    const locations = operator?.location == null ? [] : [operator.location];
    const stack = operatorStack(evidence, { id: finding.operatorId, name: finding.operator, locations });
    if (stack === undefined) return undefined;
    const decided = classifyStack(stack.frames, stack.evidence);
    if (decided === undefined || stack.certain) return decided;
    const reasons = [...decided.reasons, 'That this call belongs to the operator is likely and not proven by a frame.'];
    return { ...decided, confidence: Math.min(decided.confidence, unprovenConfidence), reasons };
  },
};

function classifyStack(frames: readonly IncidentFrame[], evidence: WorkerEvidence): Classification | undefined {
  const inner = innermost(frames);
  if (inner === undefined) return undefined;
  const location = lineToOpen(frames);
  const peers = openPeers(evidence.resources);
  const waits = `The operator's call awaits a promise that is not settled, at ${placeName(inner)}.`;
  const outside = frames
    .slice(0, frames.indexOf(inner))
    .find((frame) => frame.origin === 'node' && outsideModule.test(frame.file));
  const mechanism = 'await-pending';
  if (outside !== undefined && peers.length > 0) {
    const reasons = [
      waits,
      `The innermost frames are in ${outside.file}, and the process holds ${peers.join(', ')} open.`,
    ];
    return { category: 'dependency', mechanism, confidence: 0.8, location, reasons };
  }
  if (inner.origin === 'dependency') {
    const reasons = [waits, 'The innermost awaited code belongs to an installed package.'];
    if (peers.length > 0) reasons.push(`The process holds ${peers.join(', ')} open.`);
    return { category: 'dependency', mechanism, confidence: peers.length > 0 ? 0.7 : 0.6, location, reasons };
  }
  if (peers.length > 0) {
    const reasons = [waits, `It may also wait for a peer: the process holds ${peers.join(', ')} open.`];
    return { category: 'user', mechanism, confidence: 0.6, location, reasons };
  }
  return {
    category: 'user',
    mechanism,
    confidence: 0.8,
    location,
    reasons: [waits, 'No connection or request is open.'],
  };
}
