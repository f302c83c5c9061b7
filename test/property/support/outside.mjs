import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect, createServer as createSocketServer } from 'node:net';
import { PassThrough, Readable, Transform, Writable } from 'node:stream';
import { MessageChannel, Worker } from 'node:worker_threads';
import { drive } from './linear.mjs';
import { later } from './random.mjs';
import { openTruth } from './truth.mjs';

/** Writes of bytes that are completed in one batch. */
const TOLERANCE = 200;

/**
 * Bytes that leave this flow and come back in another: through a socket, through a request, or through a child process. Each side is
 * checked by itself, from what its stream has put into its buffer to what its sink has taken.
 */
export async function runOutside(harness, random, result) {
  const truth = openTruth(harness, result, TOLERANCE);
  const ways = [throughSocket, throughSocket, throughRequest, throughRequest, throughChild];
  const way = ways[random.below(ways.length)];
  const source = bytes(harness, random, truth);
  const first = step(harness, random, truth, source.known);
  const into = first.stream;
  source.pipe(into);
  await drive(harness, random, async (done) => {
    try {
      await way(
        into,
        (stream) => watchWrites(truth, stream, source.known),
        (stream) => arrive(harness, random, truth, stream),
      );
      done();
    } catch (error) {
      done(error);
    }
  });
  harness.beat();
}

async function throughSocket(from, watch, arrived) {
  const server = createSocketServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const [[incoming]] = await Promise.all([
    once(server, 'connection'),
    from.pipe(watch(connect(server.address().port))),
  ]);
  await arrived(incoming);
  incoming.end();
  server.close();
  await once(server, 'close');
}

async function throughRequest(from, _watch, arrived) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const asked = request({ port: server.address().port, method: 'POST', agent: false });
  from.pipe(asked);
  const [incoming, answer] = await once(server, 'request');
  await arrived(incoming);
  answer.end('taken');
  const [response] = await once(asked, 'response');
  response.resume();
  await once(response, 'end');
  server.close();
}

async function throughChild(from, watch, arrived) {
  const child = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] });
  from.pipe(watch(child.stdin));
  await Promise.all([once(child, 'close'), arrived(child.stdout)]);
}

/** What arrives from outside goes through a step into a sink. */
async function arrive(harness, random, truth, stream) {
  let produced = 0;
  const { push } = stream;
  stream.push = function (chunk, ...rest) {
    if (random.chance(0.3)) harness.pulse();
    produced += chunk?.length ?? 0;
    return push.call(this, chunk, ...rest);
  };
  const known = truth.source(
    { is: (operator) => operator.stream === stream && operator.kind === 'source' },
    () => produced,
  );
  const sink = new Writable({
    highWaterMark: 16 + random.below(5000),
    write(chunk, _encoding, done) {
      later(random, () => {
        taken.complete(start, known);
        start += chunk.length;
        done();
      });
    },
  });
  const taken = truth.stage(sink);
  let start = 0;
  stream.pipe(step(harness, random, truth, known).stream).pipe(sink);
  await once(sink, 'finish');
}

function bytes(harness, random, truth) {
  const total = 20_000 + random.below(20_000);
  let produced = 0;
  const source = new Readable({
    highWaterMark: 16 + random.below(2000),
    read() {
      later(random, () => {
        if (random.chance(0.2)) harness.pulse();
        const length = Math.min(1 + random.below(400), total - produced);
        produced += length;
        this.push(length === 0 ? null : Buffer.alloc(length));
      });
    },
  });
  return Object.assign(source, { known: truth.source(source, () => produced) });
}

function step(harness, random, truth, known) {
  let start = 0;
  const stream = new Transform({
    highWaterMark: 16 + random.below(2000),
    transform(chunk, _encoding, done) {
      later(random, () => {
        if (random.chance(0.2)) harness.pulse();
        const middle = random.below(chunk.length);
        this.push(chunk.subarray(0, middle));
        this.push(chunk.subarray(middle));
        stage.complete(start, known);
        start += chunk.length;
        done();
      });
    },
  });
  const stage = truth.stage(stream);
  return { stream };
}

/** Notes what Node's own stream has handed to the system. */
function watchWrites(truth, stream, known) {
  const stage = truth.stage({ is: (operator) => operator.stream === stream && operator.kind !== 'source' });
  const { _write, _writev } = stream;
  let start = 0;
  const counted = (length, done) => (error) => {
    stage.complete(start, known);
    start += length;
    done(error);
  };
  stream._write = function (chunk, encoding, done) {
    _write.call(this, chunk, encoding, counted(chunk.length, done));
  };
  stream._writev = function (chunks, done) {
    const length = chunks.reduce((sum, { chunk }) => sum + chunk.length, 0);
    _writev.call(this, chunks, counted(length, done));
  };
  return stream;
}

/** Records that go on as messages from one port to another: what comes out is written into a flow of its own. */
export async function runMessages(harness, random, result) {
  const truth = openTruth(harness, result, TOLERANCE);
  const total = 200;
  const { port1, port2 } = new MessageChannel();
  const hwm = () => ({ objectMode: true, highWaterMark: 1 + random.below(8) });
  let produced = 0;
  const source = new Readable({
    ...hwm(),
    read() {
      later(random, () => {
        if (random.chance(0.1)) harness.pulse();
        this.push(produced >= total ? null : { origin: produced++ });
      });
    },
  });
  const given = truth.source(source, () => produced);
  const poster = new Writable({
    ...hwm(),
    write(record, _encoding, done) {
      port1.postMessage(record);
      later(random, () => {
        posted.complete(record.origin, given);
        done();
      });
    },
    final(done) {
      port1.postMessage(null);
      done();
    },
  });
  const posted = truth.stage(poster);
  let come = 0;
  const entry = new PassThrough(hwm());
  const received = truth.source(entry, () => come);
  const sink = new Writable({
    ...hwm(),
    write({ origin }, _encoding, done) {
      later(random, () => {
        stored.complete(origin, received);
        done();
      });
    },
  });
  const stored = truth.stage(sink);
  await drive(harness, random, (done) => {
    port2.on('message', (record) => {
      if (random.chance(0.1)) harness.pulse();
      if (record === null) entry.end();
      else {
        come++;
        entry.write(record);
      }
    });
    entry.pipe(sink).on('finish', () => done());
    source.pipe(poster);
  });
  port1.close();
  harness.beat();
}

/** Other shapes in a thread with a tracker of its own, while another thread reads the board of a port that is moved here. */
export async function runThread(harness, random, result) {
  const { agent, board, graph } = harness;
  const owner = graph.add(
    { name: 'moved', kind: 'function', unit: 'records', location: undefined },
    (identity) => new agent.RecordOperator(identity, graph),
  );
  const port = graph.ports.open(owner, 'out', { system: 'test', name: 'channel', partition: '' });
  const worker = new Worker(new URL('./thread.mjs', import.meta.url), {
    workerData: {
      seed: random.below(2 ** 31),
      agent: agent.base,
      extension: agent.extension,
      memory: board.memory,
      port: { id: port.id, slot: port.slot },
    },
  });
  let open = true;
  let at = 0;
  const move = () => {
    if (!open) return;
    for (let count = 0; count < 500; count++) {
      at++;
      port.seeHead({ major: at, minor: at % 1000 });
      port.move({ major: at, minor: at % 1000 });
    }
    setImmediate(move);
  };
  move();
  const [found] = await once(worker, 'message');
  open = false;
  for (const [key, value] of Object.entries(found))
    result[key] = key === 'ahead' ? Math.max(result.ahead, value) : result[key] + value;
  await worker.terminate();
  graph.release(owner, true);
}
