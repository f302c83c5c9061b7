// A server with the protocol of MySQL, of the package itself. Its rows have an id and a price.
import { once } from 'node:events';
import mysql from 'mysql2';

/** Everything but compression and TLS. */
const CAPABILITIES = 0xffffff ^ 0x20 ^ 0x800;
const AUTOCOMMIT = 2;
const LONG = 3;

/** Gives the port of a server that leaves every query to `answer(connection)`; by itself it gives one row. */
export async function mysqlServer(answer = oneRow) {
  const server = mysql.createServer();
  let connections = 0;
  server.on('connection', (connection) => {
    connection.on('error', () => {});
    connection.serverHandshake({
      protocolVersion: 10,
      serverVersion: '8.0.30',
      connectionId: ++connections,
      statusFlags: AUTOCOMMIT,
      characterSet: 33,
      capabilityFlags: CAPABILITIES,
      authCallback: (_parameters, done) => {
        done(null);
        awaitQuestion(connection);
      },
    });
    connection.on('query', () => {
      connection.sequenceId = 1;
      answer(connection);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server._server, 'listening');
  return server._server.address().port;
}

function oneRow(connection) {
  beginRows(connection);
  sendRow(connection, 0);
  endRows(connection);
}

export function beginRows(connection) {
  connection.writeColumns([column('id'), column('price')]);
}

export function sendRow(connection, id) {
  connection.writeTextRow([id, 12]);
}

export function endRows(connection) {
  connection.writeEof();
  awaitQuestion(connection);
}

/** Packets are numbered from the question on; the server of the package leaves that to its user. */
function awaitQuestion(connection) {
  connection.sequenceId = 0;
}

function column(name) {
  return {
    catalog: 'def',
    schema: 'shop',
    table: 'orders',
    orgTable: 'orders',
    name,
    orgName: name,
    characterSet: 63,
    columnLength: 11,
    columnType: LONG,
    type: LONG,
    flags: 0,
    decimals: 0,
  };
}
