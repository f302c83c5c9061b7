/** For looking into a worker from another process: what `streamgauge attach`, `detach` and `dump` are made of. */
export { type AwaitDump, dumpAwaits } from '../sample/await-dump.ts';
export type { RawFrame } from '../sample/call-sites.ts';
export { withoutExpression } from '../sample/frames.ts';
export { HELPER_EXPRESSION } from '../sample/main-helper.ts';
export { type MainSession, NoAnswerError } from '../sample/main-session.ts';
export { profileProcessor } from '../sample/processor-profile.ts';
export { lookAtThread, summariseLooks, type ThreadLook } from '../sample/thread-state.ts';
export type { OperatorNow } from '../tracker.ts';
export { connectInspector } from './inspector-socket.ts';
export { type LinkedStreams, linkExistingStreams } from './link-existing.ts';
export { namesCode, type PlainFrame, type PlainStack, plainGroups, plainStacks } from './plain-frames.ts';
export { probeText } from './probe-text.ts';
