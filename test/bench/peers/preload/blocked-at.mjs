import blocked from 'blocked-at';
import { say } from './say.mjs';

blocked((ms, stack) => say(`blocked for ${ms} ms\n${stack.join('\n')}`), { threshold: 1000 });
