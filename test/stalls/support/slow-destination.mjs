// Where a thread of thread-stream writes to: the first write takes a while, as one does that has to make its connection first.
import { Writable } from 'node:stream';

const FIRST_WRITE_MS = 2000;
const nobody = new Int32Array(new SharedArrayBuffer(4));

export default () => {
  let isConnected = false;
  return new Writable({
    decodeStrings: false,
    write(_text, _encoding, done) {
      if (!isConnected) Atomics.wait(nobody, 0, 0, FIRST_WRITE_MS);
      isConnected = true;
      done();
    },
  });
};
