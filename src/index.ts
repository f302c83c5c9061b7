/**
 * What a program that is to be watched may use. Safe to import on every supported Node.js: the monitor, which needs a newer
 * one, is at `streamgauge/monitor`.
 */
export * from './agent.ts';
