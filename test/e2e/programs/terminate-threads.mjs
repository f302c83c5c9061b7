// Preloaded before the agent: terminates every worker thread when the process gets SIGUSR2.
process.on('worker', (worker) => {
  process.on('SIGUSR2', () => worker.terminate());
});
