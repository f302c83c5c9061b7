import type { Event, Evidence, Frame } from '../gen/streamgauge/v1/event_pb.js';
import type {
  Command,
  CommandAnswer,
  Heartbeat,
  Hello,
  MonitorMessage,
  Settings,
  StatusAnswer,
  WorkerMessage,
} from '../gen/streamgauge/v1/link_pb.js';
import type { Location, Operator, Port } from '../gen/streamgauge/v1/report_pb.js';
import type { TaskResult } from '../gen/streamgauge/v1/task_pb.js';
import { StructClamp } from './clamp-struct.ts';
import { LIMITS } from './limits.ts';
import { clampFile, clampSentence, clampText } from './text.ts';

/**
 * Trims a decoded frame of a worker in place, so that every text is safe to show and every list is short enough. Gives the
 * number of things it changed, for the receiver's counter. Lists of events are cut rather than refused, because an event that
 * is refused is never acknowledged and would be sent again for ever.
 */
export function clampWorkerMessage(message: WorkerMessage): number {
  const clamp = new Clamp();
  const { body } = message;
  switch (body.case) {
    case 'hello':
      clampHello(clamp, body.value);
      break;
    case 'report':
      for (const operator of body.value.operators) clampOperator(clamp, operator);
      for (const port of body.value.ports) clampPort(clamp, port);
      break;
    case 'event':
      clampEvent(clamp, body.value);
      break;
    case 'statusAnswer':
      clampStatusAnswer(clamp, body.value);
      break;
    case 'heartbeat':
      clampHeartbeat(clamp, body.value);
      break;
    case 'commandAnswer':
      clampCommandAnswer(clamp, body.value);
      break;
  }
  return clamp.changes;
}

/** The same for a frame of the monitor: a worker trusts its monitor no further than its own limits. Settings of 0 stay 0. */
export function clampMonitorMessage(message: MonitorMessage): number {
  const clamp = new Clamp();
  const { body } = message;
  switch (body.case) {
    case 'welcome':
      clamp.text(body.value, 'monitorVersion', LIMITS.NAME_CHARACTERS);
      clamp.list(body.value.offsets, LIMITS.OFFSETS);
      if (body.value.settings) clampSettings(clamp, body.value.settings);
      break;
    case 'refusal':
      clamp.text(body.value, 'code', LIMITS.TOKEN_CHARACTERS);
      clamp.sentence(body.value, 'message', LIMITS.SENTENCE_CHARACTERS);
      break;
    case 'acknowledgement':
      clamp.list(body.value.offsets, LIMITS.OFFSETS);
      break;
    case 'sampleRequest':
      clamp.text(body.value, 'requestId', LIMITS.TOKEN_CHARACTERS);
      clamp.list(body.value.kinds, LIMITS.CAPABILITIES);
      clamp.number(body.value, 'durationMillis', 0, LIMITS.SAMPLE_DURATION_MILLIS);
      break;
    case 'statusRequest':
      clamp.text(body.value, 'requestId', LIMITS.TOKEN_CHARACTERS);
      clamp.list(body.value.sections, LIMITS.STATUS_SECTIONS);
      clamp.texts(body.value.sections, clampText, LIMITS.TOKEN_CHARACTERS);
      break;
    case 'command':
      clampCommand(clamp, body.value);
      break;
  }
  return clamp.changes;
}

function clampHello(clamp: Clamp, hello: Hello): void {
  clamp.text(hello, 'host', LIMITS.NAME_CHARACTERS);
  clamp.text(hello, 'runtimeVersion', LIMITS.NAME_CHARACTERS);
  clamp.text(hello, 'agentVersion', LIMITS.NAME_CHARACTERS);
  clamp.texts(hello.capabilities, clampText, LIMITS.TOKEN_CHARACTERS);
}

function clampSettings(clamp: Clamp, settings: Settings): void {
  for (const key of ['reportIntervalMillis', 'markerIntervalMillis', 'loopBlockedMillis'] as const) {
    if (settings[key] !== 0) clamp.number(settings, key, LIMITS.INTERVAL_MILLIS_MIN, LIMITS.INTERVAL_MILLIS_MAX);
  }
  clamp.list(settings.disabledFeatures, LIMITS.DISABLED_FEATURES);
  clamp.texts(settings.disabledFeatures, clampText, LIMITS.TOKEN_CHARACTERS);
}

function clampCommand(clamp: Clamp, command: Command): void {
  clamp.text(command, 'requestId', LIMITS.TOKEN_CHARACTERS);
  if (command.action.case !== 'setInterval') return;
  const { value } = command.action;
  for (const key of ['reportIntervalMillis', 'markerIntervalMillis'] as const) {
    if (value[key] !== 0) clamp.number(value, key, LIMITS.INTERVAL_MILLIS_MIN, LIMITS.INTERVAL_MILLIS_MAX);
  }
}

function clampCommandAnswer(clamp: Clamp, answer: CommandAnswer): void {
  clamp.text(answer, 'requestId', LIMITS.TOKEN_CHARACTERS);
  clamp.sentence(answer, 'message', LIMITS.SENTENCE_CHARACTERS);
  clamp.file(answer, 'file', LIMITS.FILE_CHARACTERS);
}

/** The list is not cut: what is left out would never be told again. */
function clampHeartbeat(clamp: Clamp, heartbeat: Heartbeat): void {
  for (const task of heartbeat.tasks) {
    clamp.text(task, 'task', LIMITS.IDENTITY_CHARACTERS);
    clamp.text(task, 'job', LIMITS.IDENTITY_CHARACTERS);
  }
}

function clampTaskResult(clamp: Clamp, result: TaskResult): void {
  clamp.text(result, 'task', LIMITS.IDENTITY_CHARACTERS);
  clamp.text(result, 'job', LIMITS.IDENTITY_CHARACTERS);
  clamp.sentence(result, 'message', LIMITS.SENTENCE_CHARACTERS);
  clamp.list(result.transitions, LIMITS.TRANSITIONS_PER_TASK);
}

function clampOperator(clamp: Clamp, operator: Operator): void {
  clamp.text(operator, 'name', LIMITS.NAME_CHARACTERS);
  if (operator.location) clampPlace(clamp, operator.location);
  clamp.text(operator, 'oldestKey', LIMITS.NAME_CHARACTERS);
  clamp.text(operator, 'pauseReason', LIMITS.NAME_CHARACTERS);
  clamp.sentence(operator, 'lastFailure', LIMITS.SENTENCE_CHARACTERS);
  clamp.text(operator, 'job', LIMITS.IDENTITY_CHARACTERS);
}

function clampPort(clamp: Clamp, port: Port): void {
  clamp.text(port, 'system', LIMITS.NAME_CHARACTERS);
  clamp.text(port, 'channel', LIMITS.NAME_CHARACTERS);
  clamp.text(port, 'partition', LIMITS.NAME_CHARACTERS);
}

function clampPlace(clamp: Clamp, place: Location | Frame): void {
  clamp.text(place, 'function', LIMITS.NAME_CHARACTERS);
  clamp.file(place, 'file', LIMITS.FILE_CHARACTERS);
}

function clampStack(clamp: Clamp, frames: Frame[]): void {
  clamp.list(frames, LIMITS.FRAMES_PER_STACK);
  for (const frame of frames) clampPlace(clamp, frame);
}

function clampEvent(clamp: Clamp, event: Event): void {
  const { payload } = event;
  switch (payload.case) {
    case 'lifecycle':
      clamp.sentence(payload.value, 'reason', LIMITS.SENTENCE_CHARACTERS);
      clamp.list(payload.value.unfinishedOperatorIds, LIMITS.UNFINISHED_PER_LIFECYCLE);
      break;
    case 'failure':
      clamp.text(payload.value, 'name', LIMITS.NAME_CHARACTERS);
      clamp.sentence(payload.value, 'message', LIMITS.SENTENCE_CHARACTERS);
      clampStack(clamp, payload.value.frames);
      break;
    case 'evidence':
      clampEvidence(clamp, payload.value);
      break;
    case 'taskResult':
      clampTaskResult(clamp, payload.value);
      break;
  }
}

function clampEvidence(clamp: Clamp, evidence: Evidence): void {
  clamp.text(evidence, 'requestId', LIMITS.TOKEN_CHARACTERS);
  clamp.text(evidence, 'unreadOutput', LIMITS.NAME_CHARACTERS);
  clamp.list(evidence.samples, LIMITS.SAMPLES_PER_EVIDENCE);
  for (const sample of evidence.samples) {
    clampStack(clamp, sample.frames);
    clamp.number(sample, 'count', 1, 0xffffffff);
    if (sample.awaited) {
      clamp.text(sample.awaited, 'callee', LIMITS.NAME_CHARACTERS);
      clamp.text(sample.awaited, 'module', LIMITS.NAME_CHARACTERS);
    }
  }
  clamp.list(evidence.resources, LIMITS.RESOURCES_PER_EVIDENCE);
  clamp.texts(evidence.resources, clampSentence, LIMITS.SENTENCE_CHARACTERS);
  clamp.list(evidence.missing, LIMITS.MISSING_PER_EVIDENCE);
  clamp.texts(evidence.missing, clampSentence, LIMITS.SENTENCE_CHARACTERS);
  clamp.list(evidence.connections, LIMITS.CONNECTIONS_PER_EVIDENCE);
  for (const connection of evidence.connections) {
    clamp.text(connection, 'peer', LIMITS.NAME_CHARACTERS);
    clamp.text(connection, 'failure', LIMITS.TOKEN_CHARACTERS);
  }
  clamp.list(evidence.caughtErrors, LIMITS.CAUGHT_ERRORS_PER_EVIDENCE);
  for (const error of evidence.caughtErrors) {
    clamp.text(error, 'name', LIMITS.NAME_CHARACTERS);
    clamp.text(error, 'code', LIMITS.TOKEN_CHARACTERS);
    clampStack(clamp, error.frames);
  }
  clamp.list(evidence.peerAnswers, LIMITS.PEER_ANSWERS_PER_EVIDENCE);
  for (const answers of evidence.peerAnswers) clamp.text(answers, 'peer', LIMITS.NAME_CHARACTERS);
  clamp.list(evidence.pools, LIMITS.POOLS_PER_EVIDENCE);
  for (const pool of evidence.pools) {
    clamp.text(pool, 'kind', LIMITS.NAME_CHARACTERS);
    clamp.text(pool, 'peer', LIMITS.NAME_CHARACTERS);
    clamp.text(pool, 'holder', LIMITS.NAME_CHARACTERS);
  }
  if (evidence.operatorLocation) clampPlace(clamp, evidence.operatorLocation);
  if (evidence.thread) {
    clamp.text(evidence.thread, 'state', 1);
    clamp.text(evidence.thread, 'waitChannel', LIMITS.NAME_CHARACTERS);
    clamp.number(evidence.thread, 'cpuShare', 0, 1);
  }
}

function clampStatusAnswer(clamp: Clamp, answer: StatusAnswer): void {
  clamp.text(answer, 'requestId', LIMITS.TOKEN_CHARACTERS);
  clamp.list(answer.sections, LIMITS.STATUS_SECTIONS);
  const bodies = new StructClamp();
  for (const section of answer.sections) {
    clamp.text(section, 'name', LIMITS.TOKEN_CHARACTERS);
    if (section.body !== undefined) section.body = bodies.object(section.body);
  }
  clamp.changes += bodies.changes;
  clamp.list(answer.missing, LIMITS.MISSING_PER_STATUS);
  clamp.texts(answer.missing, clampSentence, LIMITS.SENTENCE_CHARACTERS);
  clamp.text(answer, 'errorCode', LIMITS.TOKEN_CHARACTERS);
  clamp.sentence(answer, 'errorMessage', LIMITS.SENTENCE_CHARACTERS);
}

/** Keys of T whose values are of type V, so that a misspelt field does not compile. */
type KeysOf<T, V> = { [K in keyof T]: T[K] extends V ? K : never }[keyof T];

/** Changes fields in place and counts the changes. */
class Clamp {
  changes = 0;

  text<T, K extends KeysOf<T, string>>(owner: T, key: K, maxCharacters: number): void {
    this.#set(owner, key, clampText(owner[key] as string, maxCharacters) as T[K]);
  }

  sentence<T, K extends KeysOf<T, string>>(owner: T, key: K, maxCharacters: number): void {
    this.#set(owner, key, clampSentence(owner[key] as string, maxCharacters) as T[K]);
  }

  file<T, K extends KeysOf<T, string>>(owner: T, key: K, maxCharacters: number): void {
    this.#set(owner, key, clampFile(owner[key] as string, maxCharacters) as T[K]);
  }

  texts(list: string[], clampOne: (text: string, maxCharacters: number) => string, maxCharacters: number): void {
    for (const index of list.keys()) {
      this.#set(list, index, clampOne(list[index] as string, maxCharacters));
    }
  }

  /** NaN, which a JSON or a binary frame may carry, becomes the lower bound. */
  number<T, K extends KeysOf<T, number>>(owner: T, key: K, min: number, max: number): void {
    const value = owner[key] as number;
    this.#set(owner, key, (value >= min ? Math.min(value, max) : min) as T[K]);
  }

  list(list: unknown[], maxLength: number): void {
    if (list.length <= maxLength) return;
    list.length = maxLength;
    this.changes += 1;
  }

  #set<T, K extends keyof T>(owner: T, key: K, value: T[K]): void {
    if (owner[key] === value) return;
    owner[key] = value;
    this.changes += 1;
  }
}
