import { checkFunctionOptions } from './explicit/definition.ts';
import type { FunctionOptions } from './operator/function-operator.ts';
import { findMainHelper } from './sample/main-helper.ts';

export type { AgentOptions } from './config.ts';
export { AgentError, AgentErrorCode } from './errors.ts';
export { defineCountedOperator, defineOperator, defineSource } from './explicit/define-operator.ts';
export type {
  ChannelName,
  CountedOperatorHandle,
  OperatorDefinition,
  OperatorHandle,
  PortHandle,
  PositionInChannel,
  RecordHandle,
  RecordOperatorHandle,
} from './explicit/handles.ts';
export { inJob } from './explicit/in-job.ts';
export { offerTaskSlots, runTask, type TaskDefinition, trackTask } from './explicit/tasks.ts';
export { instrument } from './load/instrument.ts';
export type { LogLevel } from './log.ts';
export type { FunctionOptions } from './operator/function-operator.ts';
export { type Agent, startAgent } from './start.ts';
export type { EndState, GoingState } from './task/task-states.ts';
export type { TaskHandle } from './task/task-teller.ts';

/**
 * Makes an operator of a function that is no stream: every call is a record, completed when the call returns or its promise
 * settles. Values, errors and `this` pass unchanged; a plain promise is followed by one with the same outcome. Without a
 * running agent the function comes back as it is, so this may stay in code that also runs unwatched.
 * Throws AgentError OPERATOR for options that cannot be used.
 */
// biome-ignore lint/suspicious/noExplicitAny: keeps the type of whatever function it is given
export function operator<F extends (...args: any[]) => unknown>(
  name: string,
  fn: F,
  options: FunctionOptions<F> = {},
): F {
  checkFunctionOptions(name, options);
  return findMainHelper()?.operator(name, fn, options) ?? fn;
}
