// `node --require @streamgauge/agent/register` does what --import does.
require('./bridge.cjs').register();
