/** The agent, for programs that start it themselves instead of through `--import`. */
export {
  type Agent,
  AgentError,
  AgentErrorCode,
  type AgentOptions,
  type LogLevel,
  operator,
  startAgent,
} from '@streamgauge/agent';
