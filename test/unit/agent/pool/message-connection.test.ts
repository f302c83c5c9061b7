import { expect, test } from 'vitest';
import { quietAmqpSocket, quietNatsSocket } from '../../../../agent/src/pool/message-connection.ts';

const socket = {};

test('a connection of amqplib owes an answer to a method and to what is to be confirmed, and none to an acknowledgement', () => {
  const own = { channel: { accept: () => {} } };
  const isQuiet = (...channels: readonly object[]): boolean =>
    quietAmqpSocket({ stream: socket, channels: [own, ...channels] }) === socket;
  const idle = { channel: { reply: null, pending: [], unconfirmed: [] } };
  expect(isQuiet(idle)).toBe(true);
  expect(isQuiet(idle, { channel: { ...idle.channel, reply: () => {} } })).toBe(false);
  expect(isQuiet({ channel: { ...idle.channel, unconfirmed: [null] } })).toBe(false);
  expect(isQuiet({ channel: { ...idle.channel, pending: null } }), 'a channel that is closed').toBe(true);
  expect(quietAmqpSocket({ stream: socket, channels: [own, undefined, null] }), 'numbers that are free').toBe(socket);
  expect(quietAmqpSocket({}), 'another version').toBeUndefined();
});

test('a connection to NATS owes an answer to requests and pings, and none to what is published', () => {
  const idle = { transport: { socket }, muxSubscriptions: { reqs: new Map() }, pongs: [] };
  expect(quietNatsSocket(idle)).toBe(socket);
  expect(quietNatsSocket({ ...idle, muxSubscriptions: { reqs: new Map([['token', {}]]) } })).toBeUndefined();
  expect(quietNatsSocket({ ...idle, pongs: [{}] })).toBeUndefined();
  expect(quietNatsSocket({})).toBeUndefined();
});
