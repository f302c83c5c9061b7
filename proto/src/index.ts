export type { MessageInitShape } from '@bufbuild/protobuf';
export { create } from '@bufbuild/protobuf';
export {
  type Event,
  EventSchema,
  type Evidence,
  EvidenceSchema,
  EvidenceTrigger,
  type Failure,
  FailureSchema,
  type Frame,
  FrameOrigin,
  FrameSchema,
  type Lifecycle,
  LifecycleSchema,
  type Sample,
  SampleKind,
  SampleSchema,
  type ThreadState,
  ThreadStateSchema,
  Topic,
  WorkerState,
} from '../gen/streamgauge/v1/event_pb.js';
export {
  type Acknowledgement,
  AcknowledgementSchema,
  type Heartbeat,
  HeartbeatSchema,
  type Hello,
  HelloSchema,
  type MonitorMessage,
  MonitorMessageSchema,
  type Refusal,
  RefusalSchema,
  type SampleRequest,
  SampleRequestSchema,
  type Settings,
  SettingsSchema,
  type TopicOffset,
  TopicOffsetSchema,
  type Welcome,
  WelcomeSchema,
  type WorkerMessage,
  WorkerMessageSchema,
} from '../gen/streamgauge/v1/link_pb.js';
export {
  type ChannelPosition,
  ChannelPositionSchema,
  type Drops,
  DropsSchema,
  type Edge,
  EdgeSchema,
  Leg,
  type Location,
  LocationSchema,
  type Loop,
  LoopSchema,
  type Operator,
  OperatorKind,
  OperatorSchema,
  OperatorState,
  type Port,
  PortDirection,
  PortSchema,
  Position,
  type Report,
  ReportSchema,
  type StateTimes,
  StateTimesSchema,
  Unit,
} from '../gen/streamgauge/v1/report_pb.js';
export { checkLimits } from './check-limits.ts';
export { clampMonitorMessage, clampWorkerMessage } from './clamp-message.ts';
export {
  decodeMonitorMessage,
  decodeWorkerMessage,
  encodeMonitorMessage,
  encodeWorkerMessage,
  hasUnknownBody,
} from './codec-binary.ts';
export {
  decodeMonitorMessageJson,
  decodeWorkerMessageJson,
  encodeMonitorMessageJson,
  encodeWorkerMessageJson,
} from './codec-json.ts';
export { ProtocolError, ProtocolErrorCode } from './errors.ts';
export { LIMITS } from './limits.ts';
export { clampFile, clampSentence, clampText } from './text.ts';
export {
  CloseCode,
  DEFAULT_PORT,
  FINISHED_EPOCH,
  PROTOCOL_VERSION,
  SUBPROTOCOL_BINARY,
  SUBPROTOCOL_JSON,
  WORKER_PATH,
} from './wire.ts';
