import { followKafkajs } from '../broker/kafkajs-module.ts';
import { followBullmq } from '../bullmq/bullmq-module.ts';
import { followJetStream } from '../nats/jetstream-module.ts';
import { followIoredis } from '../redis/ioredis.ts';
import { followNodeRedis } from '../redis/node-redis.ts';
import { RedisStreams } from '../redis/redis-streams.ts';
import { followRxjs } from '../rxjs/operators.ts';
import type { Adoption } from '../stream/adoption.ts';
import type { Patches } from '../stream/patch.ts';
import { watchReadableStream } from '../stream/readable-stream.ts';
import { followStreamx } from '../streamx/streamx.ts';
import { hookCommonJs, type LoadWatcher } from './commonjs.ts';

/** Follows the installed packages that the agent knows, each from the moment on when the program loads it. */
export function followPackages(patches: Patches, adoption: Adoption): void {
  hookCommonJs(patches, knownPackages(patches, adoption), (error) => adoption.graph.onError(error));
}

/** The packages that the agent knows. */
export function knownPackages(patches: Patches, adoption: Adoption): readonly LoadWatcher[] {
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
  ];
}
