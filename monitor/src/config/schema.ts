import { DEFAULT_PORT, LIMITS } from '@streamgauge/proto';
import { validate } from 'node-cron';
import { z } from 'zod';
import { roles } from '../access/principal.ts';
import type { Classifier } from '../classify/classification.ts';
import { faultOfClassifier } from '../classify/declaration.ts';
import type { IncidentListener } from '../listener/listener.ts';
import type { LogLevel } from '../log.ts';
import type { CheckedSettings } from './settings.ts';

const day = 86_400_000;
const milliseconds = (minimum: number, maximum: number): z.ZodNumber => z.number().int().min(minimum).max(maximum);

const webhook = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  types: z.array(z.string()).min(1).optional(),
  allowPrivate: z.boolean().default(false),
});

const namePatterns = z.array(z.string().min(1).max(200)).min(1).max(100).optional();

const provisioningRule = z.strictObject({
  jobs: namePatterns,
  workers: namePatterns,
  reportIntervalMs: milliseconds(100, 3_600_000).optional(),
  markerIntervalMs: milliseconds(100, 3_600_000).optional(),
  loopBlockedMs: milliseconds(100, 600_000).optional(),
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
const secret = z
  .string()
  .min(16)
  .max(1024)
  .regex(/^[\x21-\x7e]+$/);
const patterns = z.array(z.string().min(1).max(200)).min(1).max(100);

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
  port: z.number().int().min(0).max(65_535).default(DEFAULT_PORT),
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
  stallAfterMs: milliseconds(500, day).default(30_000),
  checkIntervalMs: milliseconds(20, 60_000).optional(),
  loopBlockedMs: milliseconds(100, 600_000).default(1000),
  workerLostAfterMs: milliseconds(100, day).default(5000),
  resolveAfterMs: milliseconds(0, day).optional(),
  reportIntervalMs: milliseconds(100, 60_000).default(1000),
  markerIntervalMs: milliseconds(100, 60_000).default(1000),
  provisioning: z.array(provisioningRule).max(1000).default([]),
  retentionMs: milliseconds(60_000, 3650 * day).default(7 * day),
  snapshotSchedule: z.string().max(200).refine(validate).default('* * * * *'),
  storeMaxBytes: z.number().int().min(1_048_576).max(1_099_511_627_776).default(1_073_741_824),
  maxConnections: z.number().int().min(1).max(65_536).default(1024),
  log: z.enum(['off', 'error', 'info', 'debug'] satisfies LogLevel[]).default('info'),
  metrics: z
    .strictObject({
      perWorker: z.boolean().default(false),
      maxSeries: z.number().int().min(10).max(1_000_000).default(2000),
    })
    .prefault({}),
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
  webhooks: ['url', 'types', 'allowPrivate'],
  metrics: ['perWorker', 'maxSeries'],
  tokens: Object.keys(tokenSettings.shape),
  tls: Object.keys(tls.shape),
  provisioning: Object.keys(provisioningRule.shape),
};

/** Settings that the plugin interface names and this version does not have. */
export const plannedKeys: readonly string[] = ['rules', 'exporters'];

/** What to write instead, per setting; the second half of every message about a fault. */
export const mends: Readonly<Record<string, string>> = {
  host: 'give a host name or an address to bind, such as 127.0.0.1',
  port: 'give a whole number from 0 to 65535 (0 picks a free port)',
  dataDir: 'give the path of a folder',
  token: 'give 16 to 1024 visible ASCII characters without spaces',
  tokenFile: 'give the path of a readable file that holds the token',
  tokens:
    'give a list such as [{"name": "ci", "role": "reader", "tokenFile": "ci.token"}]: each with a name of its own, a role ' +
    '(worker, reader, operator or admin) and either a token of 16 to 1024 visible ASCII characters or a tokenFile; ' +
    'workers and jobs are lists of patterns such as "orders-*", expiresAt is a time such as "2027-01-31T00:00:00Z"',
  tls:
    'give {"certFile": "monitor.crt", "keyFile": "monitor.key"}, and with "clientCertificates": "required" also the "caFile" ' +
    'of their authority',
  allowedOrigins: 'give a list of origins such as ["https://ops.example.org"]',
  allowedHosts: 'give a list of host names such as ["monitor.example.org"]',
  stallAfterMs: 'give whole milliseconds from 500 to 86400000',
  checkIntervalMs: 'give whole milliseconds from 20 to 60000',
  loopBlockedMs: 'give whole milliseconds from 100 to 600000',
  workerLostAfterMs: 'give whole milliseconds from 100 to 86400000',
  resolveAfterMs: 'give whole milliseconds from 0 to 86400000',
  reportIntervalMs: 'give whole milliseconds from 100 to 60000',
  markerIntervalMs: 'give whole milliseconds from 100 to 60000',
  provisioning:
    'give a list such as [{"jobs": ["batch-*"], "reportIntervalMs": 10000, "disabledFeatures": ["await-sample"]}]',
  retentionMs: 'give whole milliseconds from 60000 (one minute) to ten years',
  snapshotSchedule: 'give a schedule of cron such as "* * * * *" (each minute), with seconds as a sixth field in front',
  storeMaxBytes: 'give whole bytes from 1048576 (1 MiB) to 1099511627776 (1 TiB)',
  maxConnections: 'give a whole number from 1 to 65536',
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
