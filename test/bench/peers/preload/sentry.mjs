import { createRequire } from 'node:module';

const require = createRequire(`${process.env.PEER_PACKAGES}/`);
const { init } = require('@sentry/node');
const { eventLoopBlockIntegration } = require('@sentry/node-native');

init({
  dsn: process.env.PEER_SENTRY_DSN,
  // One event an hour, its default, might be spent on the start of the program.
  integrations: [eventLoopBlockIntegration({ threshold: 1000, maxEventsPerHour: 100 })],
});
