/** The parts of the agent that shapes are made of, by where they lie in it. */
const PARTS = [
  'board/board',
  'operator/graph',
  'operator/operator',
  'operator/flight',
  'operator/record-operator',
  'operator/function-operator',
  'operator/port',
  'explicit/watched',
  'thread/tracked-port',
  'broker/kafkajs-consumer',
  'broker/kafkajs-producer',
  'broker/consumer-legs',
  'broker/producer-leg',
  'stream/adoption',
  'stream/existing',
  'stream/hooks',
];

/** Loads the agent from the URL of its folder; gives everything that these files export. */
export async function loadAgent(base, extension = 'js') {
  const load = (part) => import(/* @vite-ignore */ `${base}${part}.${extension}`);
  return Object.assign({ base, extension }, ...(await Promise.all(PARTS.map(load))));
}

/**
 * The tracker without its agent thread: the test moves the clock and starts the epochs. Whatever is born is adopted at once, as
 * long as no other budget is given.
 */
export function openHarness(agent, budget = { atOnce: true, take: () => budget.atOnce }) {
  const { createBoard, Graph, Adoption, hookStreams } = agent;
  const board = createBoard();
  const errors = [];
  const operators = new Map();
  const edges = new Map();
  const harness = {
    agent,
    budget,
    board,
    errors,
    operators,
    edges,
    /** Told about every epoch that an operator passes. */
    onPass: () => {},
    /** Told about every epoch that begins at an operator without inputs. */
    onBegin: () => {},
    /** Starts an epoch that the next completion notices. */
    pulse() {
      board.control[PULSE]++;
      board.control[EPOCH]++;
      board.clock[NOW_MS] += 10;
    },
    /** Lets the pulse rise without a new epoch. */
    tick() {
      board.control[PULSE]++;
      board.clock[NOW_MS] += 10;
    },
    /** Starts an epoch from an empty stack, as the timer of the main thread does. */
    beat() {
      harness.pulse();
      adoption.adopt();
      adoption.young.grow(board.clock[NOW_MS]);
      graph.beat(board.clock[NOW_MS]);
    },
    /** Makes everything old enough to be adopted, from an empty stack. */
    grow() {
      board.clock[NOW_MS] += GROWN_MS;
      graph.emptyStack.enter(() => adoption.adopt());
      graph.emptyStack.enter(() => adoption.young.grow(board.clock[NOW_MS]));
    },
    look() {
      graph.beat(board.clock[NOW_MS]);
    },
    operatorOf: (stream) =>
      adoption.input(stream) ?? [...graph.operators].find((operator) => operator.stream === stream),
    edgeNames: () =>
      [...edges.values()].map(
        ({ sourceId, targetId }) => `${operators.get(sourceId)?.name} -> ${operators.get(targetId)?.name}`,
      ),
    named: (name) => graph.operators.find((operator) => operator.name === name),
    close() {
      hooks.remove();
      graph.stop();
      if (errors.length > 0) throw errors[0];
    },
  };
  const graph = new Graph({
    board,
    post(message) {
      if (message.type === 'operator') operators.set(message.id, message);
      if (message.type === 'edge') edges.set(message.id, message);
    },
    onError: (error) => errors.push(error),
    onPass: (operator, epoch) => harness.onPass(operator, epoch),
  });
  const add = graph.add.bind(graph);
  graph.add = (identity, create) =>
    add(identity, (known) => {
      const operator = create(known);
      const { begin } = operator;
      operator.begin = (epoch) => {
        harness.onBegin(operator, epoch);
        begin.call(operator, epoch);
      };
      return operator;
    });
  const adoption = new Adoption(graph, budget);
  const hooks = hookStreams(adoption);
  harness.instrument = hooks.instrument;
  harness.graph = graph;
  harness.adoption = adoption;
  return harness;
}

const PULSE = 0;
const EPOCH = 1;
const NOW_MS = 0;
/** Generators wait longest until they become operators, 200 ms. */
const GROWN_MS = 1000;
