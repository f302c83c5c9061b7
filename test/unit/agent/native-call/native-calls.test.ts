import childProcess from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Board, createBoard } from '../../../../agent/src/board/board.ts';
import { Clock, Control } from '../../../../agent/src/board/layout.ts';
import { CALL_BITS, FOLLOWED_CALLS, MAX_STACKS } from '../../../../agent/src/native-call/followed-calls.ts';
import { hookNativeCalls } from '../../../../agent/src/native-call/hooks.ts';
import { operatorByName } from '../../../../agent/src/sample/blocking-operator.ts';
import { Patches } from '../../../../agent/src/stream/patch.ts';
import type { ToThread } from '../../../../agent/src/thread/messages.ts';
import { createNativeCalls, type NativeCallNow, type NativeCalls } from '../../../../agent/src/thread/native-calls.ts';

let patches: Patches;
let board: Board;
let calls: NativeCalls;
let posted: ToThread[];

beforeEach(() => {
  patches = new Patches();
  board = createBoard();
  board.clock[Clock.NOW_MS] = 1000;
  calls = createNativeCalls(board);
  posted = [];
  hookNativeCalls(patches, {
    board,
    post: (message) => {
      posted.push(message);
      if (message.type === 'native-call') calls.apply(message);
    },
    onError: (error) => {
      throw error;
    },
  });
});

afterEach(() => patches.restore());

/** What the agent thread would see in the middle of a read. */
function insideRead(): NativeCallNow | undefined {
  let seen: NativeCallNow | undefined;
  fs.readFileSync(import.meta.filename, {
    get encoding() {
      seen ??= calls.now();
      return 'utf8' as const;
    },
  });
  return seen;
}

describe('a synchronous call', () => {
  it('is shown while it lasts, also when it throws, and not afterwards', () => {
    expect(calls.now()).toBeUndefined();
    expect(insideRead()?.frames[0]).toEqual(['readFileSync', 'node:fs', 0, 0]);
    expect(() => fs.readFileSync('/there/is/no/such/file')).toThrow('ENOENT');
    expect(calls.now()).toBeUndefined();
  });

  it('that is noted has its own stack, and the ones after it that of the noted one', () => {
    const first = insideRead();
    expect(first).toMatchObject({ exact: true });
    expect(first?.frames[1]?.slice(0, 2)).toEqual(['insideRead', expect.stringContaining('native-calls.test.ts')]);
    expect(insideRead()).toMatchObject({ exact: false, frames: first?.frames });
    board.clock[Clock.NOW_MS] = 1999;
    expect(insideRead()?.exact).toBe(false);
    board.clock[Clock.NOW_MS] = 2000;
    expect(insideRead()?.exact).toBe(true);
  });

  it('that is known to be made by several functions has none when it was not noted', () => {
    insideRead();
    board.clock[Clock.NOW_MS] = 3000;
    const elsewhere = () => fs.readFileSync(import.meta.filename);
    elsewhere();
    expect(insideRead()).toEqual({ exact: false, frames: [['readFileSync', 'node:fs', 0, 0]] });
  });

  it('that is long in any case is noted every time, and its stack is told once', () => {
    for (let turn = 0; turn < 3; turn++) childProcess.spawnSync('true');
    crypto.pbkdf2Sync('secret', 'salt', 1, 32, 'sha256');
    crypto.pbkdf2Sync('secret', 'salt', 1, 32, 'sha256');
    const told = posted.flatMap((message) =>
      message.type === 'native-call' ? [FOLLOWED_CALLS[message.call - 1]?.name] : [],
    );
    expect(told).toEqual(['spawnSync', 'pbkdf2Sync']);
    crypto.pbkdf2Sync('secret', 'salt', 10_000, 32, 'sha256');
    expect(posted).toHaveLength(3);
  });

  it('gives what it gave, with its name and number of parameters, and is as before when the hooks are gone', () => {
    const { name, length } = fs.writeSync;
    const hooked = fs.writeSync;
    expect(fs.readFileSync(import.meta.filename, 'utf8')).toContain('as before when the hooks are gone');
    patches.restore();
    expect(fs.writeSync).not.toBe(hooked);
    expect([fs.writeSync.name, fs.writeSync.length]).toEqual([name, length]);
  });

  it('has a number of its own that fits', () => {
    expect(FOLLOWED_CALLS.length).toBeLessThan(1 << CALL_BITS);
    board.control[Control.NATIVE_CALL] = FOLLOWED_CALLS.length + 1 + (MAX_STACKS << CALL_BITS);
    expect(calls.now()).toBeUndefined();
  });
});

describe('the operator of a stack', () => {
  const suspects = [
    { id: 1, name: 'hash', location: undefined },
    { id: 2, name: 'consume', location: { function: 'consume', file: '/app/main.mjs', line: 3, column: 1 } },
    { id: 3, name: 'both', location: undefined },
    { id: 4, name: 'both', location: undefined },
  ];

  it.each([
    [
      'the innermost function of its name',
      [
        ['hash', 'file:///app/a.mjs', 9, 1],
        ['consume', '/app/main.mjs', 5, 1],
      ],
      1,
    ],
    [
      'the next one out',
      [
        ['digest', '/app/a.mjs', 9, 1],
        ['consume', 'file:///app/main.mjs', 5, 1],
      ],
      2,
    ],
    ['none where the file is another one', [['consume', '/app/other.mjs', 5, 1]], 0],
    ['none where two bear the name', [['both', '/app/a.mjs', 5, 1]], 0],
    ['none for code of the runtime', [['hash', 'node:internal/crypto/hash', 5, 1]], 0],
  ] as const)('is %s', (_story, frames, id) => {
    expect(operatorByName(suspects, frames)).toBe(id);
  });
});
