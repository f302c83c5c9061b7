#!/usr/bin/env node
import { main } from './program.ts';

const EXIT_GRACE_MS = 1000;

process.exitCode = await main(process.argv.slice(2));
// Ends the process even if something still holds it; lets output drain first.
setTimeout(() => process.exit(), EXIT_GRACE_MS).unref();
