/** Longer than a chunk. */
const BYTES = 1000;

/**
 * Makes an agent whose markers are early, to see that the checks can fail: every marker passes one record, or a few hundred bytes,
 * before the position that it was given, calls that are open are taken for ended, and ports say one position more.
 */
export function makeEarly({ Operator, Flight, Port }) {
  const { arm } = Operator.prototype;
  Operator.prototype.arm = function (epoch, position, edge) {
    arm.call(this, epoch, position - (this.unit === 'bytes' ? BYTES : 1), edge);
  };
  const { low } = Object.getOwnPropertyDescriptors(Flight.prototype);
  Object.defineProperty(Flight.prototype, 'low', {
    get() {
      return Math.min(this.begun, low.get.call(this) + 1);
    },
  });
  const { move } = Port.prototype;
  Port.prototype.move = function (position, messages) {
    move.call(this, position && { ...position, minor: position.minor + 1 }, messages);
  };
  return () => {
    Operator.prototype.arm = arm;
    Object.defineProperty(Flight.prototype, 'low', low);
    Port.prototype.move = move;
  };
}
