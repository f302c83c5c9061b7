/** For looking into a worker from another process: what `streamgauge attach`, `detach` and `dump` are made of. */
export { AWAIT_DUMP_BUDGET, type AwaitDump, type AwaitDumpBudget, dumpAwaits } from '../sample/await-dump.ts';
export type { AwaitStacks } from '../sample/await-walk.ts';
export type { RawFrame } from '../sample/call-sites.ts';
export { groupStacks, plainFile, type StackGroup, withoutExpression } from '../sample/frames.ts';
export { HELPER_EXPRESSION } from '../sample/main-helper.ts';
export { type MainSession, NoAnswerError } from '../sample/main-session.ts';
export { lookAtMainThread, type ReadFile, summariseLooks, type ThreadLook } from '../sample/thread-state.ts';
export type { OperatorNow } from '../tracker.ts';
export { connectInspector } from './inspector-socket.ts';
export { type LinkedStreams, linkExistingStreams } from './link-existing.ts';
export { probeText } from './probe-text.ts';
