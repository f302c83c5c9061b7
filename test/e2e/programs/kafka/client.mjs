import { Kafka, logLevel } from 'kafkajs';

/** Address of the broker is the first argument of every program. */
export const kafka = new Kafka({
  brokers: [process.argv[2]],
  logLevel: logLevel.NOTHING,
  retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 1000 },
});
