import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { systemClock } from '../../../monitor/src/clock.ts';

test('who has spoken in time while the event loop was busy is not late', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [[Socket], unknown];
  const seen: string[] = [];
  const late = new Promise<void>((resolve) => {
    systemClock.after(20, () => {
      seen.push('late');
      resolve();
    });
  });
  systemClock.after(20, () => seen.push('called off'))();
  socket.on('data', () => seen.push('word'));
  client.write('here');
  for (const busyUntilMs = performance.now() + 60; performance.now() < busyUntilMs; );
  await late;
  client.destroy();
  server.close();
  expect(seen).toEqual(['word', 'late']);
});
