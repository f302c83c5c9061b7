// `npm ci` runs this as `prepare`. It builds only where there is something to build:
// an install of the packed packages carries dist/ and no tsconfig.json.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

if (existsSync('tsconfig.json')) {
  const { status } = spawnSync('tsc', ['-b'], { stdio: 'inherit', shell: process.platform === 'win32' });
  process.exitCode = status ?? 1;
}
