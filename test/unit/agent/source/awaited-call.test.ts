import { expect, test } from 'vitest';
import { awaitedCall } from '../../../../agent/src/source/awaited-call.ts';
import { awaitedAt } from '../../../../agent/src/source/awaits.ts';
import { type SourceText, sourceText } from '../../../../agent/src/source/source-text.ts';
import { reachedFrom } from '../../../../agent/src/source/tasks.ts';

function read(text: string, file = '/app/main.mjs'): SourceText {
  const source = sourceText(file, text);
  if (source === undefined) throw new Error('unreadable');
  return source;
}

/** What is awaited at `await` number `which` of the text. */
function rangeOf(source: SourceText, text: string, which = 1) {
  let offset = -1;
  for (let count = 0; count < which; count++) offset = text.indexOf('await', offset + 1);
  const range = awaitedAt(source.root, offset);
  if (range === undefined) throw new Error('nothing is awaited there');
  return range;
}

function told(text: string, which = 1): string {
  const source = read(text);
  const { callee, module, givenFunctions } = awaitedCall(source, rangeOf(source, text, which));
  return `${callee} | ${module}${givenFunctions ? ' | functions' : ''}`;
}

test.each([
  ['an import', "import { create } from 'tar';\nawait create({ file: join(a, b) }, [c]);", 'create | tar'],
  ['one by another name', "import { create as pack } from 'tar';\nawait pack();", 'pack | tar'],
  ['a whole module', "import * as tar from 'tar';\nawait tar.create();", 'tar.create | tar'],
  ['a default', "import tar, { list } from 'tar';\nawait tar.create();", 'tar.create | tar'],
  ['require', "const tar = require('tar');\nawait tar.create();", 'tar.create | tar'],
  ['parts of it', "const { create: pack } = require('tar');\nawait pack();", 'pack | tar'],
  [
    'what compilers make of it',
    'const tar_1 = __importStar(require("tar"));\nawait (0, tar_1.create)();',
    'tar_1.create | tar',
  ],
  [
    'the runtime, with its scheme or without',
    "import { once } from 'events';\nawait once(a, 'b');",
    'once | node:events',
  ],
  ['a file of the project', "import { take } from './take.mjs';\nawait take();", 'take | ./take.mjs'],
  [
    'something that was made by a package',
    "import Pool from 'pool';\nconst pool = new Pool(3);\nawait pool.get();",
    'pool.get | pool',
  ],
  [
    'the same in a field',
    "import Log from 'log';\nclass A { #log = new Log('f'); async write() { await this.#log.flush(); } }",
    'this.#log.flush | log',
  ],
  [
    'the same set by a constructor, without semicolons',
    "import Log from 'log'\nclass A {\n constructor() {\n  this.log = new Log('f')\n  this.n = () => 1\n }\n async write() { await this.log.flush() }\n}",
    'this.log.flush | log',
  ],
  [
    'a parameter of that name',
    "import Pool from 'pool';\nconst pool = new Pool();\nasync function f(pool) { await pool.get(); }",
    'pool.get | ',
  ],
  [
    'a name with two values',
    "import Pool from 'pool';\nlet pool = new Pool();\npool = other();\nawait pool.get();",
    'pool.get | ',
  ],
  [
    'what follows the promise',
    "import { get } from 'got';\nawait get(url).then((answer) => answer.body).catch(() => 0);",
    'get | got',
  ],
  [
    'a function of the project',
    "import limit from 'limit';\nfunction work() {}\nawait limit(work, 1);",
    'limit | limit | functions',
  ],
  ['one that is written there', "import limit from 'limit';\nawait limit(async () => 1);", 'limit | limit | functions'],
  [
    'one from another file',
    "import limit from 'limit';\nimport { work } from './work.mjs';\nawait limit(work);",
    'limit | limit | functions',
  ],
  [
    'a value from another file',
    "import tar from 'tar';\nimport { root } from './a.mjs';\nawait tar.create({ cwd: root() });",
    'tar.create | tar',
  ],
  [
    'one given when it was made',
    "import { queue } from 'async';\nconst tasks = queue(async (a) => a, 2);\nawait tasks.push(1);",
    'tasks.push | async | functions',
  ],
  [
    'a promise made by hand',
    "import Log from 'log';\nconst log = new Log();\nawait new Promise((resolve) => log.flush(resolve));",
    'log.flush | log',
  ],
  [
    'the same with a function of its own that settles it',
    "import Log from 'log';\nconst log = new Log();\nawait new Promise((resolve, reject) => {\n log.flush((error) => (error ? reject(error) : resolve()));\n});",
    'log.flush | log',
  ],
  ['a resolver that goes to two', 'await new Promise((resolve) => { a.on(resolve); b.on(resolve); });', ' | '],
  ['several promises', "import tar from 'tar';\nawait Promise.all([tar.a(), tar.b()]);", ' | '],
  ['a name alone', 'await answer;', ' | '],
  ['a loop', "import { open } from 'rows';\nfor await (const row of open('t')) use(row);", 'open | rows'],
])('of %s the source tells what is awaited', (_what, text, expected) => expect(told(text)).toBe(expected));

test('V8 names the variable of a loop', () => {
  const text = "import { open } from 'rows';\nfor await (const { id } of open('t')) use(id);";
  const source = read(text);
  const range = awaitedAt(source.root, text.indexOf('{ id'));
  expect(range && awaitedCall(source, range).callee).toBe('open');
});

const linesReached = (text: string, which: number, others: Readonly<Record<string, string>> = {}): string[] => {
  const source = read(text);
  const open = (_from: string, module: string) => {
    const found = others[module];
    return found === undefined ? undefined : read(found, module);
  };
  return reachedFrom(source, rangeOf(source, text, which), open).map(({ file, start, end, steps }) => {
    const at = file === source.file ? source : read(others[file] ?? '', file);
    return `${file === source.file ? '' : file}${at.placeOf(start).line}-${at.placeOf(end).line}/${steps}`;
  });
};

test.each([
  [
    'a function that is given',
    'const limit = make(2);\nasync function load() {\n await x;\n}\nawait limit(load, order);',
    2,
    '2-4/1',
  ],
  ['a function within the expression', 'await limit(async () => {\n await inner();\n});', 1, '1-3/0'],
  [
    'a function that gives it',
    'function call(path) {\n return limiter.schedule(async () => {\n await x;\n });\n}\nawait call(1);',
    2,
    '1-5/1',
  ],
  [
    'a field that it goes through',
    'class Shop {\n #tasks = queue(async (a) => await this.#store(a));\n async add(a) {\n await this.#tasks.push(a);\n }\n}',
    2,
    '2-2/1',
  ],
  ['a method by its name', 'class Shop {\n add(a) {\n return go(a);\n }\n}\nawait shop.add(1);', 1, '2-4/1'],
])('%s is reached', (_what, text, which, expected) => expect(linesReached(text, which)).toContain(expected));

test('a method is not meant by a name alone, nor a variable by a property of that name', () => {
  expect(linesReached('class A {\n load() {}\n}\nawait load();', 1)).toEqual(['4-4/0']);
  expect(linesReached('const load = async () => {\n};\nawait shop.load();', 1)).toEqual(['3-3/0']);
});

test('what was imported from a file of the project is reached there', () => {
  const others = { './load.mjs': 'export async function load() {\n  return 1;\n}\n' };
  const text = "import { load } from './load.mjs';\nawait limit(load);";
  expect(linesReached(text, 1, others)).toContain('./load.mjs1-3/1');
});

test('the function around it is not what it waits for', () => {
  const text = 'async function retry() {\n await retry();\n}';
  expect(linesReached(text, 1)).toEqual(['2-2/0']);
});
