import type { Role } from '../access/principal.ts';
import type { Classifier } from '../classify/classification.ts';
import type { IncidentListener } from '../listener/listener.ts';
import type { LogLevel } from '../log.ts';

/** Where incidents are posted as JSON. */
export interface WebhookSettings {
  readonly url: string;
  /** Incident types that are posted; absent: all. */
  readonly types?: readonly string[] | undefined;
  /** Whether the address may belong to this machine or a private network. Default false. */
  readonly allowPrivate?: boolean | undefined;
}

/** Settings of the metrics the monitor exports. */
export interface MetricsSettings {
  /** One series per worker instead of sums and maxima over the workers of a job. Default false. */
  readonly perWorker?: boolean | undefined;
  /** Series per instrument; what is beyond goes into one series named `otel_metric_overflow`. Default 2000. */
  readonly maxSeries?: number | undefined;
}

/** A token, who holds it, and what for. */
export interface TokenSettings {
  /** Shown in logs instead of the token. */
  readonly name: string;
  /** worker: speaks as a worker and reads nothing; reader: reads; operator: also takes samples; admin: everything. */
  readonly role: Role;
  /** Either the token itself or the file that holds it; a file is read again when it changes. */
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  /** Patterns of the workers it is for, in which `*` stands for any characters. Default all. */
  readonly workers?: readonly string[] | undefined;
  /** The same of jobs. */
  readonly jobs?: readonly string[] | undefined;
  /** RFC 3339 time from which on it is refused. Default never. */
  readonly expiresAt?: string | undefined;
}

/** The monitor's own certificate, and whether it asks for those of others. */
export interface TlsSettings {
  /** PEM files; read again when they change. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Certificates of the authorities whose clients are let in. */
  readonly caFile?: string | undefined;
  /** Whether everybody has to present a certificate of `caFile`. Default none. */
  readonly clientCertificates?: 'none' | 'required' | undefined;
}

/** What the monitor wishes of some workers; the first rule that a worker fits counts. In names `*` stands for any characters. */
export interface ProvisioningRule {
  /** Absent: workers of any job. */
  readonly jobs?: readonly string[] | undefined;
  /** Absent: any worker. */
  readonly workers?: readonly string[] | undefined;
  readonly reportIntervalMs?: number | undefined;
  readonly markerIntervalMs?: number | undefined;
  readonly loopBlockedMs?: number | undefined;
  /** What they are to leave alone, such as "await-sample"; a name that a worker does not know means nothing to it. */
  readonly disabledFeatures?: readonly string[] | undefined;
}

/** What a configuration file, the environment and the command line may say, together. Everything has a default. */
export interface MonitorConfigInput {
  /** Address to bind. Default 127.0.0.1; another than a loopback address needs a token. */
  readonly host?: string | undefined;
  /** Default 4680; 0 picks a free port. */
  readonly port?: number | undefined;
  /** Folder of the data file. Absent: everything is kept in memory and lost at the end. */
  readonly dataDir?: string | undefined;
  /** What workers and people present as `Authorization: Bearer ...`. */
  readonly token?: string | undefined;
  /** File that holds the token; its surrounding white space is not part of it. */
  readonly tokenFile?: string | undefined;
  /** Tokens for some things and for some workers, beside `token`, which is one for everything. Default none. */
  readonly tokens?: readonly TokenSettings[] | undefined;
  /** Absent: the monitor speaks HTTP. */
  readonly tls?: TlsSettings | undefined;
  /** Origins of web pages that may call the interface. Default none. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Host names, besides loopback ones and `host`, under which the monitor may be called. Default none. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** How long an operator may hold work without completing any. Default 30000, at least 500. */
  readonly stallAfterMs?: number | undefined;
  /** Pause between two checks. Default stallAfterMs / 10, at most 1000. */
  readonly checkIntervalMs?: number | undefined;
  /** How long a main thread may give no sign of life. Default 1000. */
  readonly loopBlockedMs?: number | undefined;
  /** How long a worker may be away without a goodbye. Default 5000. */
  readonly workerLostAfterMs?: number | undefined;
  /** How long a verdict must stay away before its incident is resolved. Default two checks. */
  readonly resolveAfterMs?: number | undefined;
  /** What workers are told to pause between two reports. Default 1000. */
  readonly reportIntervalMs?: number | undefined;
  /** What workers are told to pause between two epochs. Default 1000. */
  readonly markerIntervalMs?: number | undefined;
  /** Other wishes for some workers. Default none. */
  readonly provisioning?: readonly ProvisioningRule[] | undefined;
  /** How long events, resolved incidents and snapshots are kept. Default 7 days. */
  readonly retentionMs?: number | undefined;
  /** When snapshots of workers are taken, as cron has it. Default each minute. */
  readonly snapshotSchedule?: string | undefined;
  /** Largest size of the data file. Default 1 GiB. */
  readonly storeMaxBytes?: number | undefined;
  /** Workers connected at the same time. Default 1024. */
  readonly maxConnections?: number | undefined;
  /** Default info. */
  readonly log?: LogLevel | undefined;
  readonly metrics?: MetricsSettings | undefined;
  readonly webhooks?: readonly WebhookSettings[] | undefined;
  /** Values made by `defineIncidentListener`. */
  readonly listeners?: readonly IncidentListener[] | undefined;
  /** Asked before the built-in classifiers: paths of modules, which run in threads of their own, or objects. */
  readonly classifiers?: readonly (Classifier | string)[] | undefined;
  /** The same, asked of failures only, and before `classifiers`. */
  readonly failureClassifiers?: readonly (Classifier | string)[] | undefined;
  /** Patterns of files that are the project's own although they are installed, and with a leading `!` of those that are not. */
  readonly userCode?: readonly string[] | undefined;
}

/** Settings that may stay without a value, and those whose own parts are filled in. */
type LeftOpen = 'dataDir' | 'token' | 'tokenFile' | 'checkIntervalMs' | 'resolveAfterMs';
type WithParts = 'tls' | 'metrics' | 'webhooks';

/** Settings whose types and bounds hold, before those defaults that depend on other settings. */
export interface CheckedSettings
  extends Complete<Omit<MonitorConfigInput, LeftOpen | WithParts>>,
    Pick<MonitorConfigInput, LeftOpen> {
  readonly tls?: (TlsSettings & { readonly clientCertificates: 'none' | 'required' }) | undefined;
  readonly metrics: Complete<MetricsSettings>;
  readonly webhooks: readonly (WebhookSettings & { readonly allowPrivate: boolean })[];
}

type Complete<Settings> = { readonly [Name in keyof Settings]-?: Exclude<Settings[Name], undefined> };

/** The settings the monitor runs with: complete, checked and frozen. Meanings as in MonitorConfigInput. */
export interface MonitorConfig extends CheckedSettings {
  readonly checkIntervalMs: number;
  readonly resolveAfterMs: number;
}
