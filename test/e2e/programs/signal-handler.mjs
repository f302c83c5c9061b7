// Handles SIGUSR1 itself, as log rotation does, and waits. Knows nothing of streamgauge.
process.on('SIGUSR1', () => console.log('rotated'));
setInterval(() => {}, 1000);
console.log('ready');
