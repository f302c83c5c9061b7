// Spins for ten seconds, with a secret in its arguments and locals. Knows nothing of streamgauge.
function spin(password) {
  const until = Date.now() + 10_000;
  let spins = 0;
  while (Date.now() < until) spins += password.length;
  return spins;
}
console.log('spinning');
setTimeout(() => spin('hunter2'), 50);
