// Converts pictures for another process; one that is too large is the end of it.
process.on('message', ({ id, tooLarge }) => {
  if (tooLarge) process.kill(process.pid, 'SIGKILL');
  else process.send({ id });
});
