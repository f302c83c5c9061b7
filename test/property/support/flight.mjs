/** Calls that nest, return or go on, and end in random order, against the plain minimum over the open ones. */
export async function runFlight({ agent: { Flight } }, random, result, steps = 5000) {
  const flight = new Flight();
  const stack = [];
  const pending = new Map();
  for (let step = 0; step < steps; step++) {
    if (random.chance(0.4)) {
      stack.push(flight.enter());
    } else if (stack.length > 0 && random.chance(0.6)) {
      const number = stack.pop();
      if (random.chance(0.3)) flight.returned();
      else pending.set(number, flight.goesOn(number));
    } else if (pending.size > 0) {
      const numbers = [...pending.keys()];
      const number = numbers[random.below(numbers.length)];
      flight.exit(pending.get(number));
      pending.delete(number);
    }
    result.checks++;
    if (Math.min(flight.begun, ...stack, ...pending.keys()) !== flight.low) result.wrong++;
    if (flight.begun - flight.ended !== stack.length + pending.size) result.wrong++;
  }
}
