import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createAnswerCount } from '../../../../agent/src/connection/peer-answers.ts';

test('answers of http and fetch are counted by peer, and which of them were refusals; only while somebody asks', async () => {
  const statuses = [200, 404, 429, 503];
  const server = createServer((request, response) => {
    response.statusCode = Number(request.url?.slice(1));
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ask = async (status: number): Promise<void> => {
    await (await fetch(`http://127.0.0.1:${port}/${status}`)).text();
    const [answer] = await once(get({ host: '127.0.0.1', port, path: `/${status}` }), 'response');
    await once(answer.resume(), 'end');
  };
  const answers = createAnswerCount();
  await ask(500);
  answers.start();
  for (const status of statuses) await ask(status);
  const told = answers.stop();
  await ask(500);
  server.close();
  expect(told).toEqual([{ peer: `127.0.0.1:${port}`, answers: 8, refused: 4, refusedStatus: 503 }]);
  expect(JSON.stringify(told)).not.toContain('/503');
  answers.start();
  expect(answers.stop()).toEqual([]);
});
