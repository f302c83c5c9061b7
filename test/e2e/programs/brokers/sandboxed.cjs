// A processor of BullMQ that runs in a process of its own.
module.exports = async (job) => {
  if (job.data.fails) throw new Error('not in here');
  return process.pid;
};
