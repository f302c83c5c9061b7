import { readFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { assemble, probeText } from '../../../../agent/src/external/probe-text.ts';
import type { Probe } from '../../../../agent/src/sample/probe.ts';

const at = (path: string): URL => new URL(`../../../../agent/src/${path}`, import.meta.url);

describe('the text of a probe', () => {
  test('makes a probe where nothing of the agent is installed, and finds who awaits what', async () => {
    const probe = runInThisContext(probeText()) as Probe;
    const pending: Promise<void>[] = [];
    async function lookUp(): Promise<void> {
      const promise = new Promise<void>(() => undefined);
      pending.push(promise);
      await promise;
    }
    void lookUp();
    const { groups } = await probe.awaitStacks(pending);
    expect(groups.map(({ frames }) => frames.map(([name]) => name))).toEqual([['lookUp']]);
    expect(probe.sample()?.length).toBeGreaterThan(0);
    expect(probe.resources()).toBeInstanceOf(Array);
  });

  test('names its frames as files of the agent, which nobody takes for user code', () => {
    expect(probeText()).toMatch(/\n\/\/# sourceURL=file:\/\/.*\/agent\/src\/external\/probe-text\.js$/);
  });

  test('is refused for a module that is written in another way, instead of failing in the process of a user', () => {
    expect(readFileSync(at('process-names.ts'), 'utf8')).toContain("from 'node:fs'");
    expect(() => assemble(at('sample/main-session.ts').href, 'x')).toThrow(/cannot be made part of one text/);
  });
});
