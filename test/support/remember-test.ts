import { aroundEach } from 'vitest';
import { duringTest } from './test-end.ts';

// Run by vitest for each file of tests, also where files share their modules: those are looked into for the first file only.
aroundEach((runTest, context) => duringTest(context, runTest));
