export type {
  BuiltInClassifier,
  Case,
  Classification,
  Classifier,
  ClassifierAnswer,
  Labelled,
  NamedClassification,
} from './classify/classification.ts';
export { type CommandLineSettings, loadConfig } from './config/load.ts';
export { resolveConfig } from './config/resolve.ts';
export type {
  MetricsSettings,
  MonitorConfig,
  MonitorConfigInput,
  ProvisioningRule,
  WebhookSettings,
} from './config/settings.ts';
export { MonitorError, type MonitorErrorCode, monitorErrorCodes } from './errors.ts';
export type {
  FrameLocation,
  Incident,
  IncidentEvent,
  IncidentEventName,
  IncidentEvidence,
  IncidentFilter,
  IncidentFrame,
  IncidentSample,
  IncidentType,
  OperatorReference,
} from './incident/incident.ts';
export { consoleListener } from './listener/console-listener.ts';
export { defineIncidentListener, type IncidentContext, type IncidentListener } from './listener/listener.ts';
export type { Logger, LogLevel } from './log.ts';
export type { ConnectionFacts, PoolFacts } from './model/holdings.ts';
export { type Monitor, startMonitor } from './monitor.ts';
export type { EdgeView, GraphView, JobView, OperatorView, TaskView, WorkerView } from './progress-monitor.ts';
