/** Ways in which code holds the event loop. Each goes on until `over` says so, which it asks rarely. */

/** Not taken away by the compiler. */
let sink = 0;

/** Its loop stands in a function of its own, so that V8 compiles it while it runs. */
function lengths(count) {
  let sum = 0;
  for (let index = 0; index < count; index++) {
    const list = new Array(100);
    sum += list.length;
  }
  return sum;
}

export const BLOCKED_SHAPES = {
  'loop of arithmetic': {
    function: 'spin',
    run: function spin(over) {
      while (!over()) for (let index = 0; index < 50_000_000; index++) sink = Math.imul(sink ^ index, 31);
    },
  },
  'loop that calls': {
    function: 'scan',
    run: function scan(over) {
      const list = Array.from({ length: 2000 }, (_, index) => ({ id: index % 97 }));
      while (!over()) for (const item of list) sink += list.findIndex(({ id }) => id === item.id + 1);
    },
  },
  'regular expression that backtracks': {
    function: 'match',
    run: function match(over) {
      while (!over()) sink += /^(?:a+)+$/.test(`${'a'.repeat(27)}b`) ? 1 : 0;
    },
  },
  'Atomics.wait': {
    function: 'wait',
    run: function wait(over) {
      const cell = new Int32Array(new SharedArrayBuffer(4));
      while (!over()) Atomics.wait(cell, 0, 0, 300);
    },
  },
  'microtasks without end': {
    function: 'again',
    run: async function again(over) {
      while (!over()) {
        for (let index = 0; index < 20_000; index++) {
          await null;
          sink++;
        }
      }
    },
  },
  'process.nextTick without end': {
    function: 'tick',
    run: (over) =>
      new Promise((resolve) => {
        function tick() {
          for (let index = 0; index < 1000; index++) sink++;
          if (over()) resolve();
          else process.nextTick(tick);
        }
        tick();
      }),
  },
  'objects that are thrown away': {
    function: 'litter',
    run: function litter(over) {
      while (!over()) {
        const list = [];
        for (let index = 0; index < 200_000; index++) list.push({ index, text: String(index) });
        sink += list.length;
      }
    },
  },
  'records parsed one by one': {
    function: 'parse',
    run: function parse(over) {
      const text = JSON.stringify({ id: 1, list: Array.from({ length: 50 }, (_, index) => ({ index })) });
      while (!over()) for (let index = 0; index < 10_000; index++) sink += JSON.parse(text).list.length;
    },
  },
  // What V8 answers no sooner than when a call is over.
  'sort of 2,000,000 numbers': {
    function: 'order',
    apart: true,
    prepare() {
      this.list = Float64Array.from({ length: 2_000_000 }, Math.random);
    },
    run: function order(over) {
      while (!over()) sink += this.list.slice().sort().length;
    },
  },
  'JSON.parse of 20 MB': {
    function: 'parseAll',
    apart: true,
    prepare() {
      this.text = JSON.stringify(
        Array.from({ length: 400_000 }, (_, index) => ({ id: index, text: 'some text of it' })),
      );
    },
    run: function parseAll(over) {
      while (!over()) sink += JSON.parse(this.text).length;
    },
  },
  'new Array(n) in compiled code': {
    function: 'allocate',
    apart: true,
    run: function allocate(over) {
      while (!over()) sink += lengths(2_000_000);
    },
  },
};
