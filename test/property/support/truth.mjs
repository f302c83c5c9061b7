/**
 * What has truly happened, kept by the test beside the books of the agent: each record knows its number, and each step says
 * when it is done with one.
 *
 * A source is looked at when an epoch begins there: its cut is the number of records that it has put out by then. Early: a step is
 * done with a record from before the cut after the marker has passed it. Late: since it was done with the last record from
 * before the cut, a step was done with more than `tolerance` others when the marker passed.
 */
export function openTruth(harness, result, tolerance = Number.POSITIVE_INFINITY) {
  const sources = [];
  const stages = [];
  /** Operators that were looked at once; what they are does not change. */
  const roles = new WeakMap();

  const roleOf = (operator) => {
    let role = roles.get(operator);
    if (role === undefined) {
      const marks = [operator, operator.stream, ...operator.inspect().functions];
      const isMeant = ({ key }) => marks.includes(key) || operator.name === key || key.is?.(operator) === true;
      role = { source: sources.find(isMeant), stage: stages.find(isMeant) };
      if (role.source !== undefined) role.source.operators.add(operator);
      roles.set(operator, role);
    }
    return role;
  };
  harness.onBegin = (operator, epoch) => {
    const { source } = roleOf(operator);
    if (source === undefined || source.cuts.has(epoch)) return;
    source.cuts.set(epoch, { produced: source.produced(), reached: reachedFrom(operator) });
  };
  harness.onPass = (operator, epoch) => {
    const { stage } = roleOf(operator);
    if (stage === undefined || epoch === Number.POSITIVE_INFINITY) return;
    for (const source of sources) {
      const begun = source.cuts.get(epoch);
      if (begun === undefined || !comesFrom(operator, source.operators)) continue;
      // What is adopted in the middle of a flow begins epochs of its own, which go on when it is connected to what is before it.
      if (!harness.budget.atOnce && !begun.reached.has(operator)) continue;
      const cut = begun.produced;
      result.checks++;
      if (!(stage.passed.get(source) > cut)) stage.passed.set(source, cut);
      if (tolerance === Number.POSITIVE_INFINITY) continue;
      const done = stage.done.get(source) ?? [];
      const ahead = done.length - 1 - done.findLastIndex((origin) => origin < cut);
      result.ahead = Math.max(result.ahead, ahead);
      if (ahead > tolerance) result.late++;
    }
  };
  return {
    /** Known by its stream, its function, its operator, its name, or by what `is` says of it. */
    source(key, produced) {
      const source = { key, produced, cuts: new Map(), operators: new Set() };
      sources.push(source);
      return source;
    },
    stage(key) {
      const stage = {
        key,
        passed: new Map(),
        /** The last records that it was done with, each with its last copy. */
        done: new Map(),
        complete(origin, source = sources[0]) {
          if (origin < (stage.passed.get(source) ?? 0)) result.early++;
          result.records++;
          if (tolerance === Number.POSITIVE_INFINITY) return;
          const done = stage.done.get(source) ?? [];
          if (done.includes(origin)) done.splice(done.indexOf(origin), 1);
          done.push(origin);
          if (done.length > tolerance + 1) done.shift();
          stage.done.set(source, done);
        },
      };
      stages.push(stage);
      return stage;
    },
  };
}

/** True when markers go from one of the sources to an operator: before the agent knows of that, each begins epochs of its own. */
function comesFrom(operator, sources, seen = new Set()) {
  if (sources.has(operator)) return true;
  if (seen.has(operator)) return false;
  seen.add(operator);
  return operator.inputs.some((edge) => edge.carries && comesFrom(edge.source, sources, seen));
}

function reachedFrom(operator, reached = new Set()) {
  if (reached.has(operator)) return reached;
  reached.add(operator);
  for (const edge of operator.outputs) if (edge.carries) reachedFrom(edge.target, reached);
  return reached;
}
