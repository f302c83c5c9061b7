import { DEFAULT_PORT, LIMITS } from '@streamgauge/proto';
import { validate } from 'node-cron';
import { z } from 'zod';
import { roles } from '../access/principal.ts';
import { isToken, tokenShape } from '../access/token-file.ts';
import type { Classifier } from '../classify/classification.ts';
import { faultOfClassifier } from '../classify/declaration.ts';
import type { IncidentListener } from '../listener/listener.ts';
import type { LogLevel } from '../log.ts';
import type { CheckedSettings } from './settings.ts';

const day = 86_400_000;

/** The least and the most of each setting that is a whole number. */
const bounds = {
  port: [0, 65_535],
  stallAfterMs: [500, day],
  checkIntervalMs: [20, 60_000],
  loopBlockedMs: [100, 600_000],
  workerLostAfterMs: [100, day],
  resolveAfterMs: [0, day],
  reportIntervalMs: [100, 60_000],
  markerIntervalMs: [100, 60_000],
  retentionMs: [60_000, 3650 * day],
  storeMaxBytes: [2 ** 20, 2 ** 40],
  maxConnections: [1, 65_536],
} as const;

const within = ([least, most]: readonly [number, number]): z.ZodNumber => z.number().int().min(least).max(most);

const webhook = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  types: z.array(z.string()).min(1).optional(),
  allowPrivate: z.boolean().default(false),
});

const metrics = z.strictObject({
  perWorker: z.boolean().default(false),
  maxSeries: z.number().int().min(10).max(1_000_000).default(2000),
});

/** Of workers or jobs. */
const patterns = z.array(z.string().min(1).max(200)).min(1).max(100);

/** What a monitor may ask of a worker; of all workers it asks no pauses as long as these. */
const interval = within([LIMITS.INTERVAL_MILLIS_MIN, LIMITS.INTERVAL_MILLIS_MAX]);

const provisioningRule = z.strictObject({
  jobs: patterns.optional(),
  workers: patterns.optional(),
  reportIntervalMs: interval.optional(),
  markerIntervalMs: interval.optional(),
  loopBlockedMs: within(bounds.loopBlockedMs).optional(),
  disabledFeatures: z
    .array(
      z
        .string()
        .regex(/^[a-z][a-z0-9-]*$/)
        .max(100),
    )
    .max(LIMITS.DISABLED_FEATURES)
    .optional(),
});

/** A plugin is passed on as the very object it is: it may be an instance of a class, and may keep state. */
const plugin = <T>(method: string): z.ZodType<T> =>
  z.custom<T>((value) => {
    const candidate = value as Record<string, unknown> | null;
    const { name } = (candidate ?? {}) as { readonly name?: unknown };
    return typeof name === 'string' && /^.{1,100}$/.test(name) && typeof candidate?.[method] === 'function';
  });

/** One that runs on the monitor's loop, or the path of a module that runs in a thread of its own. */
const classifier: z.ZodType<Classifier | string> = z.custom<Classifier | string>((value) =>
  typeof value === 'string' ? value.trim() !== '' && value.length <= 4096 : faultOfClassifier(value) === undefined,
);

const path = z.string().min(1).max(4096);
const secret = z.string().refine(isToken);

const tokenSettings = z
  .strictObject({
    name: z.string().regex(/^[\w.-]{1,100}$/),
    role: z.enum(roles),
    token: secret.optional(),
    tokenFile: path.optional(),
    workers: patterns.optional(),
    jobs: patterns.optional(),
    expiresAt: z.iso.datetime({ offset: true }).optional(),
  })
  .refine(({ token, tokenFile }) => (token === undefined) !== (tokenFile === undefined));

const tls = z
  .strictObject({
    certFile: path,
    keyFile: path,
    caFile: path.optional(),
    clientCertificates: z.enum(['none', 'required']).default('none'),
  })
  .refine(({ caFile, clientCertificates }) => clientCertificates === 'none' || caFile !== undefined);

const shape = z.strictObject({
  host: z.string().min(1).max(255).default('127.0.0.1'),
  port: within(bounds.port).default(DEFAULT_PORT),
  dataDir: path.optional(),
  token: secret.optional(),
  tokenFile: path.optional(),
  tokens: z
    .array(tokenSettings)
    .max(4096)
    .refine((tokens) => new Set(tokens.map(({ name }) => name)).size === tokens.length)
    .default([]),
  tls: tls.optional(),
  allowedOrigins: z
    .array(z.url({ protocol: /^https?$/ }))
    .max(100)
    .default([]),
  allowedHosts: z.array(z.string().min(1).max(255)).max(100).default([]),
  stallAfterMs: within(bounds.stallAfterMs).default(30_000),
  checkIntervalMs: within(bounds.checkIntervalMs).optional(),
  loopBlockedMs: within(bounds.loopBlockedMs).default(1000),
  workerLostAfterMs: within(bounds.workerLostAfterMs).default(5000),
  resolveAfterMs: within(bounds.resolveAfterMs).optional(),
  reportIntervalMs: within(bounds.reportIntervalMs).default(1000),
  markerIntervalMs: within(bounds.markerIntervalMs).default(1000),
  provisioning: z.array(provisioningRule).max(1000).default([]),
  retentionMs: within(bounds.retentionMs).default(7 * day),
  snapshotSchedule: z.string().max(200).refine(validate).default('* * * * *'),
  storeMaxBytes: within(bounds.storeMaxBytes).default(2 ** 30),
  maxConnections: within(bounds.maxConnections).default(1024),
  log: z.enum(['off', 'error', 'info', 'debug'] satisfies LogLevel[]).default('info'),
  metrics: metrics.prefault({}),
  webhooks: z.array(webhook).max(100).default([]),
  listeners: z.array(plugin<IncidentListener>('onIncident')).max(100).default([]),
  classifiers: z.array(classifier).max(100).default([]),
  failureClassifiers: z.array(classifier).max(100).default([]),
  userCode: z
    .array(
      z
        .string()
        .regex(/^!?[^!\s]/)
        .max(500),
    )
    .max(100)
    .default([]),
});

/**
 * Checks every setting: its type, its bounds and its default. A default that depends on another setting is filled in by
 * `resolveConfig`.
 */
export const configSchema: z.ZodType<CheckedSettings> = shape;

/** The names of all settings, for messages about unknown ones. */
export const knownKeys: readonly string[] = Object.keys(shape.shape);

/** The same of the settings that are objects, or lists of them. */
export const nestedKnownKeys: Readonly<Record<string, readonly string[]>> = {
  webhooks: Object.keys(webhook.shape),
  metrics: Object.keys(metrics.shape),
  tokens: Object.keys(tokenSettings.shape),
  tls: Object.keys(tls.shape),
  provisioning: Object.keys(provisioningRule.shape),
};

/** Settings that the plugin interface names and this version does not have. */
export const plannedKeys: readonly string[] = ['rules', 'exporters'];

const numberMends = Object.fromEntries(
  Object.entries(bounds).map(([name, [least, most]]) => {
    const what = name.endsWith('Ms') ? 'whole milliseconds' : name.endsWith('Bytes') ? 'whole bytes' : 'a whole number';
    return [name, `give ${what} from ${least} to ${most}`];
  }),
);

/** What to write instead, per setting; the second half of every message about a fault. */
export const mends: Readonly<Record<string, string>> = {
  ...numberMends,
  host: 'give a host name or an address to bind, such as 127.0.0.1',
  port: `${numberMends.port} (0 picks a free port)`,
  dataDir: 'give the path of a folder',
  token: `give ${tokenShape}`,
  tokenFile: 'give the path of a readable file that holds the token',
  tokens:
    'give a list such as [{"name": "ci", "role": "reader", "tokenFile": "ci.token"}]: each with a name of its own, a role ' +
    `(${roles.join(', ')}) and either a token of ${tokenShape} or a tokenFile; ` +
    'workers and jobs are lists of patterns such as "orders-*", expiresAt is a time such as "2027-01-31T00:00:00Z"',
  tls:
    'give {"certFile": "monitor.crt", "keyFile": "monitor.key"}, and with "clientCertificates": "required" also the "caFile" ' +
    'of their authority',
  allowedOrigins: 'give a list of origins such as ["https://ops.example.org"]',
  allowedHosts: 'give a list of host names such as ["monitor.example.org"]',
  provisioning:
    'give a list such as [{"jobs": ["batch-*"], "reportIntervalMs": 10000, "disabledFeatures": ["await-sample"]}]',
  snapshotSchedule: 'give a schedule of cron such as "* * * * *" (each minute), with seconds as a sixth field in front',
  log: 'give one of off, error, info, debug',
  metrics: 'give an object such as {"perWorker": false, "maxSeries": 2000}',
  webhooks: 'give a list such as [{"url": "https://example.org/hook", "types": ["stall"]}]',
  listeners: 'give a list of what defineIncidentListener returned',
  classifiers:
    'give a list of paths of modules, or of objects with a name, a classify function and, where labels are given, outputKeys',
  failureClassifiers:
    'give a list of paths of modules, or of objects with a name, a classify function and, where labels are given, outputKeys',
  userCode: 'give a list of patterns of files such as ["**/node_modules/@acme/**", "!**/vendor/**"]',
};
