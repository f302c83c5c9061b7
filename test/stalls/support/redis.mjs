// As much of a Redis server as its clients need: it lets them in, knows one value for every key, and has a list that stays empty.
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Gives the port of a server that answers the GETs for which `answers(how many there have been)` is true. As the real one it
 * works on one command of a connection after the other: BLPOP keeps back those behind it until its time is over, 0 being never.
 */
export async function redis(answers = () => true) {
  let gets = 0;
  const server = createServer(async (socket) => {
    let version = 2;
    socket.on('error', () => {});
    try {
      for await (const words of commands(socket)) {
        const name = words[0].toUpperCase();
        if (name === 'HELLO') {
          version = Number(words[1] ?? 2);
          socket.write(version === 3 ? `%3\r\n${hello(3)}` : `*6\r\n${hello(2)}`);
        } else if (name === 'INFO') socket.write(bulk('redis_version:7.2.0\r\nloading:0\r\nrole:master\r\n'));
        else if (name === 'PING') socket.write('+PONG\r\n');
        else if (name === 'BLPOP') {
          await wait(Number(words.at(-1)));
          socket.write(version === 3 ? '_\r\n' : '*-1\r\n');
        } else if (name === 'GET') {
          if (answers(gets++)) socket.write(bulk('12'));
        } else socket.write('+OK\r\n');
      }
    } catch {
      // The client is gone.
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

function wait(seconds) {
  return new Promise((resolve) => {
    if (seconds > 0) setTimeout(resolve, seconds * 1000);
  });
}

/** Every command, as a list of words: "*2 $3 GET $1 a", each on a line of its own. */
async function* commands(socket) {
  let rest = '';
  for await (const chunk of socket.setEncoding('latin1')) {
    rest += chunk;
    for (;;) {
      const lines = rest.split('\r\n');
      const many = Number(lines[0].slice(1));
      if (lines.length < 2 + 2 * many) break;
      yield lines.slice(1, 1 + 2 * many).filter((_line, index) => index % 2 === 1);
      rest = lines.slice(1 + 2 * many).join('\r\n');
    }
  }
}

function hello(version) {
  return `${bulk('server')}${bulk('redis')}${bulk('version')}${bulk('7.2.0')}${bulk('proto')}:${version}\r\n`;
}

function bulk(value) {
  return `$${value.length}\r\n${value}\r\n`;
}
