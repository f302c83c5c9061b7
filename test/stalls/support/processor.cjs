// A processor of BullMQ that runs in a process of its own.
module.exports = async ({ data: { forEver } }) => {
  await new Promise((resolve) => setTimeout(resolve, forEver ? 2 ** 30 : 1));
};
