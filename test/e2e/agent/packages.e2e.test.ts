import { describe, test } from 'vitest';
import { runProgram } from './run-program.ts';

/** The packages that are followed by way of their files, and a file of each that must be seen. */
const FILES = {
  kafkajs: 'kafkajs/src/index.js',
  '@nats-io/jetstream': '@nats-io/jetstream/lib/consumer.js',
  ioredis: 'ioredis/built/Redis.js',
  redis: '@redis/client/dist/lib/client/index.js',
  bullmq: 'bullmq/dist/cjs/classes/worker.js',
  amqplib: 'amqplib/lib/channel_model.js',
  rxjs: 'rxjs/dist/cjs/internal/operators/mergeMap.js',
  streamx: 'streamx/index.js',
  'readable-stream-4': 'readable-stream-4/lib/internal/streams/readable.js',
} as const;

// All of them are CommonJS, also for who imports them: this is what spares every process a hook on the loader of ES modules.
describe.concurrent.each(['import', 'require', 'import under other hooks', 'import before'])('by %s', (manner) => {
  test('every followed package is seen', async ({ expect }) => {
    const { stdout, stderr } = await runProgram({
      program: 'load-packages.mjs',
      args: [manner, ...Object.keys(FILES)],
      agent: false,
    });
    expect(JSON.parse(stdout || JSON.stringify(stderr))).toEqual(expect.arrayContaining(Object.values(FILES)));
  });
});
