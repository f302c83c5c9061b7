// As much of a PostgreSQL server as a client needs to be let in and to get one row for every query.
import { once } from 'node:events';
import { createServer } from 'node:net';

const STARTUP_HEADER_BYTES = 8;
const SSL_REQUEST = 80877103;
const TEXT_TYPE = 25;

/**
 * Gives the port of a server that answers the queries for which `answers(how many there have been)` is true, and goes on
 * reading after the others.
 */
export async function postgres(answers = () => true) {
  let queries = 0;
  const server = createServer((socket) => {
    let rest = Buffer.alloc(0);
    let isIn = false;
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        const head = isIn ? 1 : 0;
        if (rest.length < head + 4 || rest.length < head + rest.readInt32BE(head)) return;
        const kind = isIn ? String.fromCharCode(rest[0]) : 'startup';
        const length = head + rest.readInt32BE(head);
        const isSsl = !isIn && length === STARTUP_HEADER_BYTES && rest.readInt32BE(4) === SSL_REQUEST;
        rest = rest.subarray(length);
        if (isSsl) socket.write('N');
        else if (kind === 'startup') {
          isIn = true;
          socket.write(Buffer.concat([message('R', int32(0)), ready()]));
        } else if (kind === 'X') socket.end();
        else if ((kind === 'Q' || kind === 'S') && answers(queries++)) {
          const head = kind === 'S' ? [message('1'), message('2')] : [];
          socket.write(Buffer.concat([...head, ...row(), message('C', text('SELECT 1')), ready()]));
        }
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

/** The one row with the one column that every query gives. */
function row() {
  const column = [text('price'), int32(0), int16(0), int32(TEXT_TYPE), int16(-1), int32(-1), int16(0)];
  return [message('T', int16(1), ...column), message('D', int16(1), int32(2), Buffer.from('12'))];
}

function ready() {
  return message('Z', Buffer.from('I'));
}

function message(kind, ...parts) {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(kind), int32(body.length + 4), body]);
}

function text(value) {
  return Buffer.from(`${value}\0`);
}

function int32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int16(value) {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}
