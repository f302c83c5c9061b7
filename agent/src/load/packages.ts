import { followAmqplib } from '../amqp/amqplib-module.ts';
import { followKafkajs } from '../broker/kafkajs-module.ts';
import { followPlatformaticKafka } from '../broker/platformatic-kafka.ts';
import { followBullmq } from '../bullmq/bullmq-module.ts';
import { followJetStream } from '../nats/jetstream-module.ts';
import type { PoolBook } from '../pool/pool-book.ts';
import { followPools } from '../pool/pool-packages.ts';
import { followIoredis } from '../redis/ioredis.ts';
import { followNodeRedis } from '../redis/node-redis.ts';
import { RedisStreams } from '../redis/redis-streams.ts';
import { followRxjs } from '../rxjs/operators.ts';
import type { Adoption } from '../stream/adoption.ts';
import type { Patches } from '../stream/patch.ts';
import { watchReadableStream } from '../stream/readable-stream.ts';
import { followStreamx } from '../streamx/streamx.ts';
import { hookCommonJs, type KnownPackage } from './commonjs.ts';

/** Follows a client that no hook has seen; false: it is of no library that the agent knows. */
export type Instrument = (client: object) => boolean;

/** Follows the installed packages that the agent knows, each from the moment on when the program loads it. */
export function followPackages(patches: Patches, adoption: Adoption, pools: PoolBook): Instrument {
  const { graph } = adoption;
  const packages = knownPackages(patches, adoption);
  followPlatformaticKafka(patches, adoption);
  hookCommonJs(
    patches,
    [...packages, ...followPools(patches, pools, (error) => graph.onError(error))],
    (error) => graph.onError(error),
    (untested) => graph.options.post({ type: 'untested', untested }),
  );
  return (client) => packages.some(({ instrument }) => instrument?.(client) === true);
}

/** The packages that the agent knows. */
export function knownPackages(patches: Patches, adoption: Adoption): readonly KnownPackage[] {
  const { graph } = adoption;
  const onError = (error: unknown): void => graph.onError(error);
  const redis = new RedisStreams(graph);
  return [
    watchReadableStream(patches, adoption),
    followStreamx(patches, adoption),
    followRxjs(patches, graph),
    followKafkajs(patches, graph),
    followJetStream(patches, graph),
    followIoredis(patches, redis, onError),
    followNodeRedis(patches, redis, onError),
    followBullmq(patches, graph),
    followAmqplib(patches, graph),
  ];
}
