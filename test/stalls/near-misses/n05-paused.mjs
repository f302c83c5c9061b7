// pause() for a long time, by the program itself.
import { Orders, stayAlive, watch } from '../support/orders.mjs';

const source = new Orders();
let seen = 0;
source.on('data', function count() {
  if (++seen === 100) {
    source.pause();
    watch();
  }
});
stayAlive();
