// A continuous profiler as those of vendors that build on @datadog/pprof, with a profile every two seconds instead of every minute.
import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { say } from './say.mjs';

const PROFILE_EVERY_MS = 2000;
/** A profile always has a hottest line: below this share of the time it is nothing that anybody would look at. */
const SEEN_SHARE = 0.1;

if (isMainThread) {
  const { time } = createRequire(`${process.env.PEER_PACKAGES}/`)('@datadog/pprof');
  // 99 Hz; with lines, which makes it better than its default of functions.
  time.start({ intervalMicros: 10_101, lineNumbers: true });
  let sinceMs = performance.now();
  setInterval(() => {
    const profile = time.stop(true);
    const spentMs = performance.now() - sinceMs;
    sinceMs += spentMs;
    const [line, ms] = hottest(profile);
    const share = ms / spentMs;
    if (ms > 0) say(`${line} ${(share * 100).toFixed(1)} % of the time`, { faint: share < SEEN_SHARE });
  }, PROFILE_EVERY_MS).unref();
}

/** The line of the project with the most time, its own or in what it calls; of a package where the project is not on the stack. */
function hottest({ stringTable: { strings }, function: functions, location: locations, sample }) {
  const functionsById = new Map(functions.map((each) => [each.id, each]));
  const frames = new Map(
    locations.map(({ id, line: [{ functionId, line }] }) => {
      const file = strings[Number(functionsById.get(functionId).filename)];
      return [id, { file, text: `${file}:${line}` }];
    }),
  );
  const msByLine = new Map();
  for (const { locationId, value } of sample) {
    const stack = locationId.map((id) => frames.get(id)).filter(({ file }) => /^(?:file:|\/)/.test(file));
    const frame = stack.find(({ file }) => !file.includes('/node_modules/')) ?? stack[0];
    if (frame === undefined || frame.file.includes('/bench/peers/preload/')) continue;
    msByLine.set(frame.text, (msByLine.get(frame.text) ?? 0) + Number(value[1]) / 1e6);
  }
  return [...msByLine].sort(([, one], [, other]) => other - one)[0] ?? ['', -1];
}
