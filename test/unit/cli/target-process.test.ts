import { describe, expect, test } from 'vitest';
import { inspectAddress } from '../../../src/cli/target/inspect-options.ts';
import { type ProcessFiles, processFiles } from '../../../src/cli/target/process-files.ts';
import { readSockets } from '../../../src/cli/target/sockets.ts';
import { examineTarget } from '../../../src/cli/target/target-process.ts';

const PID = 4711;
const OWN_NETWORK = processFiles(process.pid).link('ns/net');

/** A process as /proc would show it: a Node.js that waits for SIGUSR1, but for what is given. */
function shown(given: Readonly<Record<string, string>> = {}): ProcessFiles {
  const files: Record<string, string> = {
    status: `Name:\tnode\nState:\tS (sleeping)\nTgid:\t${PID}\nNSpid:\t${PID}\t7\nSigCgt:\t0000000100004602\n`,
    stat: `${PID} (a) name) S 1 ${Array.from({ length: 17 }, () => '0').join(' ')} 987654 0`,
    cmdline: 'node\0app.mjs\0',
    environ: 'A=1\0',
    exe: '/usr/bin/node',
    'ns/net': OWN_NETWORK,
    ...given,
  };
  const read = (name: string): string => {
    const text = files[name];
    if (text === undefined) throw new Error(`${name} was read`);
    return text;
  };
  return { text: read, link: read, descriptors: () => ['socket:[55]', 'pipe:[7]', ''], children: () => 0 };
}

const status = (changes: string): string =>
  `Name:\tx\nState:\tS\nTgid:\t${PID}\nSigCgt:\t0000000100004602\n`.replace(/^SigCgt.*\n/m, changes);

describe('a process that is to open its inspector', () => {
  test('is known by its own id, its start and its port', () => {
    expect(examineTarget(PID, shown(), 'linux')).toMatchObject({
      innerPid: 7,
      startTicks: '987654',
      inspect: { port: 9229, fromStart: false },
    });
  });

  test.each([
    ['another program', { exe: '/usr/bin/python3.13' }, 'SG_CLI_NOT_NODE', /runs "\/usr\/bin\/python3\.13"/],
    ['a program named after node', { exe: '/opt/nodejs-like-thing' }, 'SG_CLI_NOT_NODE', /is not Node\.js/],
    ['bun behind a link named node', { exe: '/opt/bun' }, 'SG_CLI_NOT_NODE', /is not Node\.js/],
    ['a thread', { status: 'State:\tS\nTgid:\t12\n' }, 'SG_CLI_NO_PROCESS', /is a thread of process 12/],
    ['a process that has ended', { status: 'State:\tZ (zombie)\n' }, 'SG_CLI_NO_PROCESS', /there is no process/],
    [
      'one that SIGUSR1 would end',
      { status: status('SigCgt:\t0000000100004402\n') },
      'SG_CLI_FORBIDDEN',
      /does not wait for SIGUSR1/,
    ],
    [
      'one that was told to ignore SIGUSR1',
      { status: status('SigCgt:\t0\n'), cmdline: 'node\0--disable-sigusr1\0a.js\0' },
      'SG_CLI_FORBIDDEN',
      /started with --disable-sigusr1/,
    ],
    [
      'one under the permission model',
      { status: status('SigCgt:\t0\n'), environ: 'NODE_OPTIONS=--permission\0' },
      'SG_CLI_FORBIDDEN',
      /started with --permission/,
    ],
    ['one in a container with its own network', { 'ns/net': 'net:[1]' }, 'SG_CLI_NOT_PERMITTED', /docker exec/],
  ])('is refused before any signal when it is %s', (_what, given, code, message) => {
    const examine = (): unknown => examineTarget(PID, shown(given), 'linux');
    expect(examine).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  test('is refused where the system does not tell enough of it', () => {
    expect(() => examineTarget(PID, shown(), 'darwin')).toThrow(
      expect.objectContaining({ code: 'SG_CLI_SYSTEM', message: expect.stringMatching(/on Linux only, .* darwin; /) }),
    );
  });

  test.each(['node', 'nodejs', 'node22', 'node-v24.1.0', 'node (deleted)'])('may run %s', (name) => {
    expect(examineTarget(PID, shown({ exe: `/usr/bin/${name}` }), 'linux').pid).toBe(PID);
  });
});

describe('where a process listens for a debugger', () => {
  test.each([
    [[], { port: 9229, fromStart: false }],
    [['--inspect-port=127.0.0.1:0'], { port: 0, fromStart: false }],
    [['--inspect=9300'], { port: 9300, fromStart: true }],
    [['--inspect'], { port: 9229, fromStart: true }],
    [['--inspect-brk=0.0.0.0:9400', '--other=1'], { port: 9400, fromStart: true }],
    [['--inspect-publish-uid=http'], { port: 9229, fromStart: false }],
  ])('is read from %j', (options, address) => {
    expect(inspectAddress(options)).toEqual(address);
  });
});

test('sockets are told by state, address and owner', () => {
  const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
  const row = (local: string, state: string, inode: number): string =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0`;
  const files = shown({
    'net/tcp': [
      head,
      row('0100007F:240D', '0A', 55),
      row('00000000:0050', '0A', 9),
      row('0100007F:240D', '06', 0),
    ].join('\n'),
    'net/tcp6': [head, row('00000000000000000000000001000000:240E', '01', 55)].join('\n'),
  });
  expect(readSockets(files)).toEqual([
    { inode: '55', host: '127.0.0.1', port: 9229, state: 'listening', own: true },
    { inode: '9', host: '127.0.0.1', port: 80, state: 'listening', own: false },
    { inode: '55', host: '[0000:0000:0000:0000:0000:0000:0000:0001]', port: 9230, state: 'connected', own: true },
  ]);
});
