// The kernel on a page: the initial state, the events enabled in a state, the successor. Nothing else is known
// here of what a deployment is.

/** One request's system of a world, or (side 0) that of the deployment alone. */
export class System {
  constructor(world, side) {
    this.side = world.sides[side];
    this.variables = [...world.variables, ...this.side.variables];
    this.events = unfold(this.side.events).map((number) => world.events[number]);
    this.initial = this.side.initial;
  }

  /** The numbers of the events that can happen in the state. */
  enabled(state) {
    return this.events.flatMap(([, , test], number) => (holds(state, test) ? [number] : []));
  }

  successor(state, number) {
    const next = state.slice();
    const changes = this.events[number][3];
    for (let i = 0; i < changes.length; i += 2) next[changes[i]] = changes[i + 1];
    return next;
  }

  /** What the request would break at now. */
  breaking(state) {
    return this.side.breaks.filter(({ test }) => holds(state, test));
  }

  /** The hop that changes of variables take the request past. */
  reaches(changes) {
    for (let i = 0; i < changes.length; i += 2) if (changes[i] === this.side.counter) return changes[i + 1];
    return 0;
  }

  /** The value of a variable, as people read it. */
  value(state, index) {
    return this.variables[index].values[state[index]];
  }
}

/** Whether each variable that the test names lies in one of its ranges. */
export function holds(state, test) {
  return test.every(([index, ...ranges]) => within(state[index], ranges));
}

function within(rank, ranges) {
  for (let i = 0; i < ranges.length; i += 2) if (ranges[i] <= rank && rank <= ranges[i + 1]) return true;
  return false;
}

/** `[1, 3, 7, 7]` is `[1, 2, 3, 7]`. */
function unfold(ranges) {
  const found = [];
  for (let i = 0; i < ranges.length; i += 2) for (let n = ranges[i]; n <= ranges[i + 1]; n += 1) found.push(n);
  return found;
}
