// Blocks its main thread for good at the first byte on its standard input. Knows nothing of streamgauge.
process.stdin.once('data', function spin() {
  console.log('blocking');
  let spins = 0;
  while (spins >= 0) spins++;
});
console.log('ready');
