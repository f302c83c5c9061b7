// A logger writes synchronously to a descriptor that takes no bytes, and tries for ever to write the rest.
import fs from 'node:fs';
import pino from 'pino';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';

// The fault is put in here: what a full device of some kinds does.
const { writeSync } = fs;
let isFull = false;
const destination = fs.openSync('/dev/null', 'w');
fs.writeSync = (descriptor, ...rest) =>
  isFull && descriptor === destination ? 0 : writeSync.call(fs, descriptor, ...rest);

const log = pino(pino.destination({ fd: destination, sync: true }));

async function* audit(input) {
  for await (const order of input) {
    if (order.id === FAULTY) {
      fault();
      isFull = true;
    }
    log.info({ order: order.id }, 'passed'); // does not return
    yield order;
  }
}

async function consume(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

await everyday();
await consume(audit(orders()));
