import { defineConfig, mergeConfig } from 'vitest/config';
import base, { OWN_PROJECTS } from './vitest.base.config.ts';

export default defineConfig(mergeConfig(base, { test: { projects: OWN_PROJECTS } }));
