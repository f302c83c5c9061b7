// As much of a Redis server as its clients need: it lets them in, knows one value for every key, and has a list that stays empty.
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Gives the port of a server that answers the GETs for which `answers(how many there have been)` is true. As the real one it
 * works on one command of a connection after the other: BLPOP keeps back those behind it until its time is over, 0 being never.
 */
export async function redis(answers = () => true) {
  let gets = 0;
  const isAnswered = () => answers(gets++);
  const server = createServer((socket) => new Connection(socket, isAnswered)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

/** The same; `go()` closes every connection, and the port with it. */
export async function redisThatGoes() {
  const sockets = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    return new Connection(socket, () => true);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const go = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: server.address().port, go };
}

class Connection {
  #socket;
  #isAnswered;
  #rest = '';
  #version = 2;
  #isBlocked = false;

  constructor(socket, isAnswered) {
    this.#socket = socket;
    this.#isAnswered = isAnswered;
    socket.setEncoding('latin1').on('error', () => {});
    socket.on('data', (chunk) => {
      this.#rest += chunk;
      this.#goOn();
    });
  }

  #goOn() {
    while (!this.#isBlocked) {
      const words = this.#nextCommand();
      if (words === undefined) return;
      this.#run(words);
    }
  }

  /** A command is a list of words: "*2 $3 GET $1 a", each on a line of its own. */
  #nextCommand() {
    const lines = this.#rest.split('\r\n');
    const many = Number(lines[0].slice(1));
    if (lines.length < 2 + 2 * many) return undefined;
    this.#rest = lines.slice(1 + 2 * many).join('\r\n');
    return lines.slice(1, 1 + 2 * many).filter((_line, index) => index % 2 === 1);
  }

  #run(words) {
    const name = words[0].toUpperCase();
    if (name === 'HELLO') {
      this.#version = Number(words[1] ?? 2);
      this.#socket.write(`${this.#version === 3 ? '%3' : '*6'}\r\n${hello(this.#version)}`);
    } else if (name === 'INFO') this.#socket.write(bulk('redis_version:7.2.0\r\nloading:0\r\nrole:master\r\n'));
    else if (name === 'PING') this.#socket.write('+PONG\r\n');
    else if (name === 'BLPOP') this.#block(Number(words.at(-1)));
    else if (name !== 'GET') this.#socket.write('+OK\r\n');
    else if (this.#isAnswered()) this.#socket.write(bulk('12'));
  }

  #block(seconds) {
    this.#isBlocked = true;
    if (seconds === 0) return;
    setTimeout(() => {
      this.#isBlocked = false;
      this.#socket.write(this.#version === 3 ? '_\r\n' : '*-1\r\n');
      this.#goOn();
    }, seconds * 1000);
  }
}

function hello(version) {
  return `${bulk('server')}${bulk('redis')}${bulk('version')}${bulk('7.2.0')}${bulk('proto')}:${version}\r\n`;
}

function bulk(value) {
  return `$${value.length}\r\n${value}\r\n`;
}
