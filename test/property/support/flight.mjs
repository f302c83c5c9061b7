/** Calls that begin and end in random order, against the plain minimum over the open ones. */
export function runFlight(Flight, random, result, steps = 5000) {
  const flight = new Flight();
  const open = new Set();
  for (let step = 0; step < steps; step++) {
    if (random.chance(0.52) || open.size === 0) {
      open.add(flight.enter());
    } else {
      const calls = [...open];
      const call = calls[random.below(calls.length)];
      open.delete(call);
      flight.exit(call);
    }
    result.checks++;
    const lowest = open.size === 0 ? flight.begun : Math.min(...open);
    if (lowest !== flight.low) result.wrong++;
    if (flight.begun - flight.ended !== open.size) result.wrong++;
  }
}
