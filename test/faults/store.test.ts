import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { startMonitorProcess } from '../e2e/harness/monitor.ts';
import { until } from '../e2e/harness/until.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { holds } from './oracle.ts';
import { Teller } from './teller.ts';

const WITHIN_MS = 20_000;

interface Health {
  readonly status: number;
  readonly faults: readonly string[];
}

async function health(url: string): Promise<Health> {
  const response = await fetch(new URL('/healthz', url));
  return {
    status: response.status,
    faults: ((await response.json()) as { readonly faults: readonly string[] }).faults,
  };
}

describe.concurrent('a store that', () => {
  test('cannot write says so at /healthz, acknowledges nothing, and loses nothing once it can again', {
    timeout: 90_000,
  }, async () => {
    const monitor = await startMonitorProcess(['--data', temporaryFolder()]);
    const limit = (bytes: string): void => {
      execFileSync('prlimit', ['--pid', String(monitor.process.pid), `--fsize=${bytes}:unlimited`]);
    };
    const teller = new Teller(monitor.workerUrl);
    await teller.hears('at first', WITHIN_MS);
    // No file of the process may grow beyond this any more: as on a full disk, a write fails.
    limit('4096');
    const red = await until('the red health', WITHIN_MS, async () => {
      const seen = await health(monitor.url);
      return seen.status === 503 ? seen : undefined;
    });
    expect(red.faults.join()).toMatch(/store: .*disk/);
    const promised = teller.journal().acknowledged.size;
    await pause(1000);
    expect(teller.journal().acknowledged.size).toBe(promised);
    limit('unlimited');
    await teller.hears('when there is room again', WITHIN_MS);
    await until('the green health', WITHIN_MS, async () =>
      (await health(monitor.url)).status === 200 ? true : undefined,
    );
    await teller.kill();
    await holds(monitor, teller.journal());
  });

  test('is torn is set aside, never deleted, and the monitor begins anew and says so', {
    timeout: 90_000,
  }, async () => {
    const folder = temporaryFolder();
    const first = await startMonitorProcess(['--data', folder]);
    const teller = new Teller(first.workerUrl);
    await teller.hears('at first', WITHIN_MS);
    await teller.kill();
    await first.close();
    await first.process.ended;
    const file = join(folder, 'streamgauge.db');
    const { size } = statSync(file);
    const descriptor = openSync(file, 'r+');
    // From the second page on: what a disk leaves of a file whose pages were never written.
    writeSync(descriptor, Buffer.alloc(Math.max(0, size - 4096), 0xa5), 0, size - 4096, 4096);
    closeSync(descriptor);
    const second = await startMonitorProcess(['--data', folder]);
    expect(second.process.stderr() + second.process.stdout()).toMatch(/damaged/);
    const aside = readdirSync(folder).find((name) => /^streamgauge\.db\.damaged-\w+$/.test(name));
    expect(aside).toBeDefined();
    // Red until somebody has looked after it, and ready all the same.
    const red = await health(second.url);
    expect(red).toMatchObject({
      status: 503,
      faults: [expect.stringContaining(`kept at ${join(folder, aside ?? '')}`)],
    });
    expect((await fetch(new URL('/readyz', second.url))).status).toBe(200);
    expect(await (await fetch(new URL('/metrics', second.url))).text()).toMatch(
      /_monitor_store_set_aside_total(?:\{.*\})? 1$/m,
    );
    rmSync(join(folder, aside ?? ''));
    expect((await health(second.url)).status).toBe(200);
    const again = new Teller(second.workerUrl);
    await again.hears('by the new store', WITHIN_MS);
    await again.kill();
    await holds(second, again.journal());
  });
});
