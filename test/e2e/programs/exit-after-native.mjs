// Is blocked in native code for as many milliseconds as the first argument says, and exits the moment it comes back.
import { execSync } from 'node:child_process';

setTimeout(() => {
  execSync(`sleep ${Number(process.argv[2]) / 1000}`);
  process.exit(5);
}, 800);
