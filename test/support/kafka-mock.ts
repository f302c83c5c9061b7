import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { unpackedLibraries } from './kafka-mock-program.ts';
import { whenFinished } from './test-end.ts';

/** Request types of the Kafka protocol that tests let fail. */
export const KafkaApi = { PRODUCE: 0, FETCH: 1, OFFSET_COMMIT: 8 } as const;

/** Error codes of the Kafka protocol. */
export const KafkaError = { REQUEST_TIMED_OUT: 7, GROUP_AUTHORIZATION_FAILED: 30 } as const;

/** A broker on 127.0.0.1 that lives as long as the test. */
export interface KafkaMock {
  /** Host and port. */
  readonly address: string;
  readonly process: ChildProcess;
  createTopic(name: string, partitions: number): Promise<void>;
  /** The next so many requests of this type are refused. */
  fail(api: number, count: number, error: number): Promise<void>;
  /** None of them any more. */
  mend(api: number): Promise<void>;
  down(): Promise<void>;
  up(): Promise<void>;
}

/** Starts the broker; inside a test only. */
export async function startKafkaMock(program: string): Promise<KafkaMock> {
  const libraries = await unpackedLibraries();
  const child = spawn(program, [], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...(libraries !== undefined && { LD_LIBRARY_PATH: libraries }) },
  });
  whenFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('The Kafka protocol mock has ended.');
    return value;
  };
  const address = await next();
  const tell = async (command: string): Promise<void> => {
    child.stdin.write(`${command}\n`);
    await next();
  };
  return {
    address,
    process: child,
    createTopic: (name, partitions) => tell(`topic ${name} ${partitions}`),
    fail: (api, count, error) => tell(`fail ${api} ${count} ${error}`),
    mend: (api) => tell(`mend ${api}`),
    down: () => tell('down'),
    up: () => tell('up'),
  };
}
