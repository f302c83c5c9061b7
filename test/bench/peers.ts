/**
 * What people have today, and what it says of the programs of test/stalls: each program with each tool, from its fault until the
 * tool has had its time. A tool "says anything" when anything of it arrives after the fault; it "names the line" when that holds
 * the file of the truth with a line within three of it. What has to be asked for is asked for once, 3 s after the fault.
 *
 * usage: node peers.ts [--json] [--only TEXT]... [--tool NAME]... [--all] [--at-once N] [--write] [--verbose]
 * Without --all it runs the programs of peers/programs.ts. --write puts the tables into docs/peers.md.
 */
import { parseArgs } from 'node:util';
import { startMonitor } from '@streamgauge/monitor';
import { findNeeds } from '../stalls/needs.ts';
import { readCases } from '../stalls/truth.ts';
import { describeEnvironment, printFigure } from './figures.ts';
import { type Observation, observe } from './peers/observe.ts';
import { writePeerTables } from './peers/peer-tables.ts';
import { chooseHangs } from './peers/programs.ts';
import { startSentryServer } from './peers/sentry-server.ts';
import { TOOLS } from './peers/tools.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [''] },
    tool: { type: 'string', multiple: true, default: [''] },
    all: { type: 'boolean', default: false },
    'at-once': { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});
const json = options.json === true;
const narrowed = options.only.join() !== '' || options.tool.join() !== '';
if (options.write && narrowed) throw new Error('The tables are of all chosen programs and all tools.');

const everything = options.all || options.only.join() !== '';
const wanted = chooseHangs(readCases(), everything).filter(({ id }) => options.only.some((text) => id.includes(text)));
const tools = TOOLS.filter(({ name }) => options.tool.some((text) => name.includes(text)));
const { env, missing } = await findNeeds(wanted, { PATH: process.env.PATH, HOME: process.env.HOME });
const programs = wanted.filter(({ id, truth }) => {
  const lacking = truth.needs?.find((name) => missing.has(name));
  if (lacking !== undefined) console.error(`left out: ${id}, because ${missing.get(lacking)}`);
  return lacking === undefined;
});
// The longest first, so that nobody waits for the last one alone.
const waiting = tools
  .flatMap((tool) => programs.filter(tool.concerns).map((stallCase) => ({ tool, stallCase })))
  .sort((one, other) => other.tool.waitMs - one.tool.waitMs);

const monitor = await startMonitor({ stallAfterMs: 2000, port: 0, log: 'off' });
const sentry = await startSentryServer();
const done: Observation[] = [];
await Promise.all(
  Array.from({ length: Number(options['at-once']) }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { tool, stallCase } = next;
      const observation = await observe(stallCase, tool, { monitorUrl: monitor.url, sentry }, env);
      if (observation === undefined)
        console.error(`left out: ${stallCase.id} with ${tool.name}, because its fault did not come`);
      else {
        done.push(observation);
        tell(observation);
      }
    }
  }),
);
sentry.close();
await monitor.close();

for (const tool of tools) {
  const of = done.filter((observation) => observation.tool === tool);
  const withLine = of.filter(({ namesLine }) => namesLine !== undefined);
  share(tool.name, 'says anything', of, ({ says }) => says);
  share(tool.name, 'names the line', withLine, ({ namesLine }) => namesLine === true);
}
printFigure({ name: 'environment', ...describeEnvironment(), programs: programs.length }, json);
if (options.write) writePeerTables(done, programs, describeEnvironment());
process.exit();

function tell({ tool, stallCase, says, namesLine, reports }: Observation): void {
  if (json) return;
  const line = namesLine === undefined ? ', no line to name' : namesLine ? ', names the line' : '';
  console.log(`${tool.name.padEnd(24)} ${stallCase.id.padEnd(34)} ${says ? 'says something' : 'says nothing'}${line}`);
  if (options.verbose) for (const { text, places } of reports) console.log(text, places ?? '');
}

function share(tool: string, name: string, of: readonly Observation[], counts: (one: Observation) => boolean): void {
  const value = of.filter(counts).length;
  printFigure(
    { name: `peers.${name}`, peer: tool, value, min: 0, max: of.length, runs: of.length, unit: 'programs' },
    json,
  );
}
