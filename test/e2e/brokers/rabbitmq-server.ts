import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { type Launched, launch } from '../harness/launch.ts';
import { freePort } from '../harness/server.ts';
import { until } from '../harness/until.ts';

/** What Debian's program calls as a user of its own, who may not write where the test does. */
const DEBIAN_SCRIPT = '/usr/lib/rabbitmq/bin/rabbitmq-server';
/** It starts a machine of Erlang and makes its tables: 15 seconds where nothing else runs. */
const START_MS = 90_000;

/** Starts a RabbitMQ of its own on a free port of the loopback, with nothing in it; inside a test only. */
export async function startRabbitmq(path: string): Promise<{ readonly port: number; readonly kill: () => void }> {
  const [port, distribution, names] = [await freePort(), await freePort(), await freePort()];
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'plugins'), '[].');
  // The name service of Erlang: started here, it goes with the test; started by the server, it would stay for ever.
  launch('epmd', ['-port', String(names), '-address', '127.0.0.1']);
  const server: Launched = launch(existsSync(DEBIAN_SCRIPT) ? DEBIAN_SCRIPT : path, [], {
    env: {
      HOME: folder,
      ERL_EPMD_PORT: String(names),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_NODENAME: `streamgauge-${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_MNESIA_BASE: join(folder, 'tables'),
      RABBITMQ_LOG_BASE: join(folder, 'logs'),
      RABBITMQ_LOGS: '-',
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
      RABBITMQ_CONFIG_FILE: join(folder, 'none'),
      RABBITMQ_PID_FILE: join(folder, 'pid'),
    },
  });
  await until('RabbitMQ has started', START_MS, () =>
    /Server startup complete/.test(server.stdout()) ? true : undefined,
  );
  // The script has started the machine as a child, in the same group.
  return { port, kill: () => void process.kill(-server.pid, 'SIGKILL') };
}
