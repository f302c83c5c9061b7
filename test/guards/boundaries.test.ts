import { expect, test } from 'vitest';
import { sourceFiles } from '../support/repository.ts';
import { breaches } from './boundaries.ts';

test.each(['proto/src', 'agent/src', 'monitor/src', 'src', 'test'])(
  '%s keeps the boundaries between the parts',
  (folder) => {
    const files = sourceFiles(folder);
    expect(files.length).toBeGreaterThan(0);
    // This file and its fixtures below speak of forbidden imports.
    expect(files.filter(({ path }) => !path.startsWith('test/guards/')).flatMap(breaches)).toEqual([]);
  },
);

test.each([
  ['proto/src/x.ts', `import { a } from '@streamgauge/agent';`],
  ['proto/src/x.ts', `import { readFileSync } from 'node:fs';`],
  ['agent/src/link/x.ts', `import type { Monitor } from '@streamgauge/monitor';`],
  ['agent/src/link/x.ts', `export { a } from '../../../monitor/src/index.ts';`],
  ['agent/src/link/x.ts', `const fastify = await import('fastify');`],
  ['agent/src/main-thread/x.ts', `import { LIMITS } from '@streamgauge/proto';`],
  ['agent/src/operator/x.ts', `import {\n  Worker,\n} from 'node:worker_threads';`],
  ['agent/src/operator/x.ts', `import 'ws';`],
  ['monitor/src/link/x.ts', `import { startAgent } from '@streamgauge/agent';`],
  ['monitor/src/link/x.ts', `import { HelloSchema } from '../../../proto/gen/streamgauge/v1/link_pb.js';`],
  ['monitor/src/detect/rules/x.ts', `import type { Store } from '../../store/store.ts';`],
  ['monitor/src/detect/x.ts', `import { systemClock } from '../clock.ts';`],
  ['monitor/src/classify/x.ts', `import { readFile } from 'node:fs/promises';`],
  ['monitor/src/classify/x.ts', `export const now = (): number => Date.now();`],
  ['src/cli/x.ts', `import { startMonitor } from '../../monitor/src/monitor.ts';`],
  ['test/e2e/x.ts', `import { x } from '../../proto/gen/streamgauge/v1/report_pb.js';`],
])('a breach in %s is seen: %s', (path, text) => {
  expect(breaches({ path, text })).not.toEqual([]);
});

test.each([
  ['agent/src/link/x.ts', `import { WebSocket } from 'ws';\nimport { create } from '@streamgauge/proto';`],
  ['agent/src/link/x.ts', `import { board } from '../board/board.ts';`],
  ['agent/src/main-thread/x.ts', `import { LIMITS } from '@streamgauge/proto/limits';`],
  ['monitor/src/detect/x.ts', `// Date.now() is not used here\nimport type { Scene } from './scene.ts';`],
  ['proto/src/x.ts', `import { ReportSchema } from '../gen/streamgauge/v1/report_pb.js';`],
])('what is allowed in %s is let pass: %s', (path, text) => {
  expect(breaches({ path, text })).toEqual([]);
});
