import type { IncidentFrame } from '../incident/incident.ts';
import type { CaughtErrorFacts, PeerAnswersFacts } from '../model/evidence.ts';
import type { Case } from './classification.ts';
import { isSomebodys, plainName } from './frames.ts';
import { certainRank, type OperatorStack, operatorStack, rankOfFrame } from './operator-stack.ts';

/** What an operator's code catches again and again instead of completing its record. */
export interface RepeatedError {
  readonly error: CaughtErrorFacts;
  readonly category: 'resource' | 'dependency' | 'user';
  /** Its code or status tells the category; else only whose code has made it. */
  readonly marked: boolean;
  /** True: a function of the operator's waited for what failed. False: something in the same file did. */
  readonly certain: boolean;
  /** The operator's suspended call, if there is one. */
  readonly stack: OperatorStack | undefined;
  /** Where the failing call stands in the function that tries again. */
  readonly at: IncidentFrame | undefined;
}

/** Something of this machine is used up. */
const machine = /^(?:ENOSPC|EDQUOT|EMFILE|ENFILE|ENOMEM|EAGAIN|ENOBUFS|EADDRNOTAVAIL|EADDRINUSE|EIO|EROFS|ENODEV)$/;
/** A peer is away, refuses or breaks off: of the system, of undici, and of SQL (connection, resources, intervention, fault). */
const peer =
  /^(?:ECONN\w+|ETIMEDOUT|ESOCKETTIMEDOUT|EPIPE|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|ENOTFOUND|EAI_AGAIN|EAI_FAIL|UND_ERR_(?:CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT|SOCKET)|(?:08|53|57|58|XX)[0-9A-Z]{3})$/;

/** Of HTTP: the server cannot, or does not want to now. The others say that the request is wrong. */
const isRefusal = (status: number): boolean => status >= 500 || status === 429 || status === 408 || status === 425;

/**
 * The error that the operator's code catches again and again: of those that were seen while it was watched, one whose stack leads
 * through its functions. Once is enough where its call is seen to go on to the next await without completing its record.
 */
export function repeatedError(subject: Case): RepeatedError | undefined {
  const { finding, operator } = subject;
  const piece = subject.evidence.findLast(
    ({ operatorId, caughtErrors }) => operatorId === finding.operatorId && caughtErrors.length > 0,
  );
  if (piece === undefined || finding.operatorId === 0) return undefined;
  const known = operator?.location == null ? [] : [operator.location];
  const locations = piece.operatorLocation === null ? known : [piece.operatorLocation, ...known];
  const found = operatorStack(subject.evidence, { id: finding.operatorId, name: finding.operator, locations });
  const stack = found?.certain === true ? found : undefined;
  const turns = stack !== undefined && isTurning(stack);
  const candidates = piece.caughtErrors
    .filter(({ count }) => count > 1 || turns)
    .flatMap((error) => {
      const inside = (frame: IncidentFrame): boolean =>
        isSomebodys(frame) &&
        (rankOfFrame(frame, finding.operator, locations) >= certainRank ||
          stack?.frames.some((outer) => isSomebodys(outer) && isSameFunction(outer, frame)) === true);
      const near = (frame: IncidentFrame): boolean =>
        frame.origin === 'user' &&
        (locations.some(({ file }) => file === frame.file) ||
          stack?.frames.some(({ origin, file }) => origin === 'user' && file === frame.file) === true);
      const certain = error.frames.some(inside);
      if (!certain && !error.frames.some(near)) return [];
      const { category, marked } = judge(error);
      return [{ error, category, marked, certain, stack, at: retryingFrame(error, stack) }];
    });
  const weight = ({ certain, marked }: RepeatedError): number => (certain ? 2 : 0) + (marked ? 1 : 0);
  return candidates.toSorted((left, right) => weight(right) - weight(left) || right.error.count - left.error.count)[0];
}

/**
 * A peer that has answered with nothing but refusals while the operator's call was watched; undefined:
 * there is none.
 */
export function refusingPeer({ finding, evidence }: Case): PeerAnswersFacts | undefined {
  const piece = evidence.findLast(
    ({ operatorId, peerAnswers }) => operatorId === finding.operatorId && peerAnswers.length > 0,
  );
  return piece?.peerAnswers
    .filter(({ answers, refused }) => refused > 0 && refused === answers)
    .toSorted((left, right) => right.refused - left.refused)[0];
}

/** Whether what that call awaited came, so that it has gone on. */
export function isTurning({ sample }: OperatorStack): boolean {
  return sample.settled === true;
}

/** `ENOSPC`, `status 503`, or the name of the class where it carries nothing else. */
export function errorName({ name, code, status }: CaughtErrorFacts): string {
  const mark = code === '' ? '' : ` ${code}`;
  return `${name === '' ? 'an error' : name}${mark}${status === 0 ? '' : ` (status ${status})`}`;
}

function judge({ code, status }: CaughtErrorFacts): Pick<RepeatedError, 'category' | 'marked'> {
  if (machine.test(code)) return { category: 'resource', marked: true };
  if (peer.test(code) || isRefusal(status)) return { category: 'dependency', marked: true };
  return { category: 'user', marked: status >= 400 };
}

/** The innermost function that both the failing and the suspended call are in: it has caught the one and goes on with the other. */
function retryingFrame({ frames }: CaughtErrorFacts, stack: OperatorStack | undefined): IncidentFrame | undefined {
  const own = frames.filter((frame) => frame.origin === 'user' && frame.file !== '');
  return own.find((frame) => stack?.frames.some((outer) => isSameFunction(outer, frame))) ?? own[0];
}

/** The stack of an error names the class as well, that of a suspended call does not. */
function isSameFunction(one: IncidentFrame, other: IncidentFrame): boolean {
  return one.file === other.file && one.function !== '' && plainName(one) === plainName(other);
}
