import type { Target } from '../target.ts';
import { config } from './config.ts';
import { core } from './core.ts';
import { binaryFrames, framesOfTheMonitor, jsonFrames } from './frames.ts';
import { http } from './http.ts';

/** Everything that reads what strangers send. */
export const TARGETS: Readonly<Record<string, () => Target | Promise<Target>>> = {
  frames: binaryFrames,
  json: jsonFrames,
  'monitor-frames': framesOfTheMonitor,
  core,
  config,
  http,
};
