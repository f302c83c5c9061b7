// Preloaded before the agent: terminates every worker thread that is started, half a second later.
process.on('worker', (worker) => {
  setTimeout(() => worker.terminate(), 500).unref();
});
