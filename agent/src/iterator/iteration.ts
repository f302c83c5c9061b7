import { Control } from '../board/layout.ts';
import { ConsumingFunction } from '../operator/consuming-function.ts';
import type { Edge } from '../operator/edge.ts';
import type { Graph } from '../operator/graph.ts';
import { jobOf } from '../operator/jobs.ts';
import type { Adoption } from '../stream/adoption.ts';
import { hasReadableSide, hasWritableSide, type Method, type ReadableInternals } from '../stream/internals.ts';
import { ReadableFlag } from '../stream/state-flags.ts';
import { streamName } from '../stream/stream-name.ts';
import type { SourceLocation } from '../thread/messages.ts';
import { generatorFunctionOf } from './generator-function.ts';
import { type Generator, pullOf } from './generators.ts';
import { IteratorOperator } from './iterator-operator.ts';
import { type LoopSite, readSite, rememberSite } from './loop-site.ts';
import type { FindOrigin } from './origin.ts';
import { pullStateOf } from './promise-state.ts';
import { NEVER, type Pull } from './pull.ts';
import { noteReads } from './read-count.ts';
import { Seen, Unseen } from './seen.ts';

/** A generator that Node's own code takes from, or that takes from what Node gives it. */
export interface Stage {
  /** The stream that it is written into or read as. */
  readonly target: object | undefined;
  /** It takes from something in front of it. */
  readonly takes: boolean;
  /** Where the user's code put it there. */
  readonly site: SourceLocation | undefined;
  /** Adopted as soon as its streams are. */
  readonly prompt: boolean;
}

/** How many bodies without a known input are kept in mind. */
const MAX_BODIES = 256;

/** Packages whose records are followed by other means. */
const CLIENT_FILE =
  /[\\/]node_modules[\\/](?:@nats-io|@platformatic[\\/]kafka|kafkajs|ioredis|@redis|bullmq|amqplib)[\\/]/;

/** Finds out which generator pulls which other one, and makes operators of those that live on. */
export class Iteration {
  readonly graph: Graph;
  /** The iterator whose body runs now, as far as it was entered by a pull. */
  running: Pull | undefined = undefined;
  /** Node makes a stream of a generator of its own, for a method that is followed by itself. */
  ofNode = false;
  readonly #adoption: Adoption;
  /** To be adopted on the next empty stack. */
  readonly #due: Seen[] = [];
  /** Bodies without a known input: one that goes on after an await does not say which generator it is. */
  readonly #bodies: Set<WeakRef<Seen>> = new Set();

  constructor(adoption: Adoption) {
    this.graph = adoption.graph;
    this.#adoption = adoption;
  }

  /** The first pull of a generator that is seen; undefined when it is to be left alone. */
  begin(generator: Generator, hook: Method): Pull | undefined {
    try {
      if (this.graph.stopped) return undefined;
      const pull = pullOf(generator, this.graph.nowMs());
      pull.count.pulls = 1;
      this.#note(generator, pull, hook);
      return pull;
    } catch (error) {
      this.graph.onError(error);
      return undefined;
    }
  }

  /** Runs a pull with its generator as the one whose body runs. */
  within(pull: Pull, call: () => unknown): unknown {
    const outer = this.running;
    this.running = pull;
    try {
      pull.last = call();
    } finally {
      this.running = outer;
    }
    return pull.last;
  }

  /** A pull for which something is due; the record before it is done with. */
  pulled(generator: Generator, pull: Pull, hook: Method): void {
    try {
      const { count } = pull;
      if (this.graph.stopped) {
        count.armed = NEVER;
        return;
      }
      if (count.followed) {
        count.armed = NEVER;
        count.takenIn = this.running?.count;
        this.#noticePulse();
        return;
      }
      pull.last = undefined;
      if (!count.noted) this.#note(generator, pull, hook);
      if (count.consumer !== undefined) count.consumer.pulled(count);
      else {
        count.armed = NEVER;
        this.#adoption.young.hurry();
        this.#noticePulse();
      }
    } catch (error) {
      this.graph.onError(error);
    }
  }

  /** No more is wanted of a generator: whoever took its records is done with the last one. */
  ended(pull: Pull | undefined): void {
    if (pull === undefined || pull.count.returned) return;
    try {
      pull.count.returned = true;
      pull.count.consumer?.pulled(pull.count);
    } catch (error) {
      this.graph.onError(error);
    }
  }

  /** A loop begins to take from a generator. A second one takes in between, and nothing tells them apart. */
  looped(iterator: object): void {
    try {
      if (this.graph.stopped) return;
      const { count } = pullOf(iterator as Generator, this.graph.nowMs());
      if (count.followed) return;
      if (++count.loops > 1) count.concurrent ||= !count.returned;
      else if (count.consumer === undefined) {
        // What was pulled before, such as the first line of a table, did not tell who takes the rest.
        count.noted = false;
        count.armed = 0;
      }
    } catch (error) {
      this.graph.onError(error);
    }
  }

  /** Says what a generator is to Node's own code. */
  stage(generator: Generator, stage: Stage): void {
    const pull = pullOf(generator, this.graph.nowMs());
    pull.stage ??= stage;
  }

  /** Says that an iterator is no generator, and which operator its records come from. */
  begins(iterator: object, origin: FindOrigin): void {
    pullOf(iterator as Generator, this.graph.nowMs()).origin = origin;
  }

  /** The operator of a generator, made at once. */
  operatorOf(generator: Generator): IteratorOperator | undefined {
    const pull = pullOf(generator, this.graph.nowMs());
    // It may take from others: nobody has seen its body run.
    return this.#producer({ generator, pull, body: undefined }, undefined, true);
  }

  /** Adopts what is due. Only on an empty stack. */
  adopt(): void {
    const due = this.#due.splice(0);
    const alive = due.filter(({ pull }) => !pull.count.returned && pullStateOf(pull.last) !== 'over');
    for (const young of alive) {
      young.site = readLoop(young);
      const { body, generator, pull } = young;
      if (body !== undefined || hasReadableSide(generator.stream) || pull.origin !== undefined) continue;
      if (this.#bodies.size < MAX_BODIES) this.#bodies.add(new WeakRef(young));
    }
    // Before the first operator is made: whether a body takes from others decides what it is.
    for (const young of alive) {
      young.by = this.#ownerOf(young);
      if (young.by !== undefined) young.by.body ??= young.site;
    }
    for (const young of alive) {
      try {
        this.#adopt(young);
      } catch (error) {
        this.graph.onError(error);
      }
    }
    for (const young of due) {
      // Nothing of whoever pulls is kept.
      young.by = undefined;
      young.raw = {};
    }
  }

  #note(generator: Generator, pull: Pull, hook: Method): void {
    const { count } = pull;
    const by = this.running?.seen;
    const prompt = by?.prompt === true || pull.stage?.prompt === true;
    count.noted = true;
    if (count.armed <= count.pulls) count.armed = NEVER;
    if (!prompt && !count.grown && !this.#adoption.young.takesAtOnce()) {
      this.#adoption.young.add(new Unseen(count));
      return;
    }
    const seen = new Seen(generator, pull, by, rememberSite(hook), prompt, this.#due);
    pull.seen = seen;
    if (!prompt) {
      this.#adoption.young.add(seen);
      return;
    }
    this.#due.push(seen);
    this.graph.emptyStack.run(this, () => this.adopt());
  }

  #adopt(young: Seen): void {
    const { generator, pull, site } = young;
    const { stage } = pull;
    const target = stage?.target;
    // Node's own code pulls for somebody who is known already, or who is not to be known.
    if (target === undefined && site?.internal !== false) return;
    // Inside of a client of a broker, loops wait for the socket and for each other.
    if (target === undefined && site !== undefined && CLIENT_FILE.test(site.location.file)) return;
    const { stream } = generator;
    const at = site?.internal === false ? site.location : stage?.site;
    if (hasReadableSide(stream)) {
      const consumer = this.#consumer(young);
      if (consumer === undefined) return;
      this.#read(stream, pull, consumer, at);
      return;
    }
    if (pull.origin !== undefined) {
      this.#begin(pull.origin, young);
      return;
    }
    if (target !== undefined && !hasWritableSide(target)) return;
    // A generator that takes from another one of the same function: nothing says which of them a place in that function means.
    if (site?.functionName && generatorFunctionOf(generator)?.name === site.functionName) return;
    const producer = this.#producer(young, at, young.body !== undefined || stage?.takes === true);
    if (producer === undefined) return;
    if (target !== undefined) {
      this.#adoption.linkNow(producer, target, 'manual', () => stage?.site);
      return;
    }
    const consumer = this.#consumer(young);
    if (consumer !== undefined && consumer !== producer) this.#connect(producer, pull, consumer);
  }

  #begin(find: FindOrigin, young: Seen): void {
    const { pull, site } = young;
    const { count } = pull;
    // Packages of others have loops of their own, over what is none of the user's.
    const consumer = count.concurrent || site?.own !== true ? undefined : this.#consumer(young);
    const origin = consumer && find(consumer, site?.location);
    if (consumer === undefined || origin === undefined) return;
    const feed = consumer.feed(pull, false);
    const connected = (): boolean => !count.concurrent && feed.state() !== 'over';
    this.graph.connect(origin.operator, consumer, origin.kind, origin.capacity, [], connected);
  }

  #connect(producer: IteratorOperator, pull: Pull, consumer: IteratorOperator): Edge | undefined {
    const { count } = pull;
    if (count.concurrent) return this.graph.connect(producer, consumer, 'through', 1, [], () => !count.returned);
    const feed = consumer.feed(pull, false);
    return this.graph.connect(producer, consumer, 'manual', 1, [], () => !count.concurrent && feed.state() !== 'over');
  }

  #read(stream: ReadableInternals, pull: Pull, consumer: IteratorOperator, at: SourceLocation | undefined): void {
    const { count } = pull;
    if (pullStateOf(pull.last) === 'value') count.takenAt = count.pulls;
    else {
      // A record on its way from the stream to the loop is in neither. Promises bring it there before the loop's next turn.
      count.perhapsTakenAt = count.pulls;
      setImmediate(() => {
        const counted = count.perhapsTakenAt === count.pulls;
        count.perhapsTakenAt = 0;
        if (!counted) return;
        if (pullStateOf(pull.last) === 'value') count.takenAt = count.pulls;
        // There was none: markers that wait for it would wait for the next one, however late that comes.
        else for (const edge of consumer.inputs) edge.reposition();
      }).unref();
    }
    const stop = noteReads(stream, count);
    const feed = consumer.feed(pull, true);
    let open = true;
    const connected = (): boolean => {
      if (open && (count.concurrent || consumer.released || feed.state() === 'over')) {
        open = false;
        stop();
      }
      return open;
    };
    // Chunks of bytes may be joined on the way: their number is known when they are handed over.
    this.#adoption.feed(
      stream,
      streamName(stream, () => at),
      consumer,
      connected,
      { sameUnit: ReadableFlag.objectMode(stream._readableState) },
    );
  }

  /** Who takes the records of a generator; undefined when its pulls do not tell when a record is done with. */
  #consumer({ by, site }: Seen): IteratorOperator | undefined {
    if (site === undefined || site.loop !== true) return undefined;
    if (by !== undefined) return this.#producer(by, site.location, true);
    const { location, functionName, byHand } = site;
    return this.graph.add(
      { name: functionName || `for await ${placeName(location)}`, kind: 'sink', unit: 'records', location },
      (identity) =>
        new IteratorOperator(identity, this.graph, {
          own: undefined,
          fn: undefined,
          body: new ConsumingFunction(location.file, functionName),
          byHand: byHand === true,
        }),
    );
  }

  /** The generator whose body pulls. */
  #ownerOf({ by, site }: Seen): Seen | undefined {
    if (site === undefined) return undefined;
    return by !== undefined && isBodyOf(by.generator, site) ? by : this.#bodyOf(site);
  }

  /** The generator whose body has gone on after an await and pulls now, when there is only one that it can be. */
  #bodyOf({ functionName, loop }: LoopSite): Seen | undefined {
    if (loop !== true || functionName === null || functionName === '') return undefined;
    const found: Seen[] = [];
    for (const ref of this.#bodies) {
      const young = ref.deref();
      if (young === undefined || young.body !== undefined || young.pull.count.producer?.released === true) {
        this.#bodies.delete(ref);
        continue;
      }
      if (generatorFunctionOf(young.generator)?.name === functionName) found.push(young);
    }
    return found.length === 1 ? found[0] : undefined;
  }

  #producer(
    { generator, pull, body }: Pick<Seen, 'generator' | 'pull' | 'body'>,
    at: SourceLocation | undefined,
    takes: boolean,
  ): IteratorOperator | undefined {
    const { count } = pull;
    if (count.producer !== undefined) return count.producer;
    const fn = generatorFunctionOf(generator);
    const location = fn?.name ? undefined : at;
    const name = fn?.name || (at === undefined ? 'generator' : `generator ${placeName(at)}`);
    const consuming = body === undefined ? undefined : new ConsumingFunction(body.location.file, body.functionName);
    count.producer = this.graph.add(
      { name, kind: takes ? 'transform' : 'source', unit: 'records', location, job: jobOf(generator) },
      (identity) => new IteratorOperator(identity, this.graph, { own: pull, fn, generator, body: consuming }),
    );
    return count.producer;
  }

  /** A program may have nothing but generators, which keep timers from running. */
  #noticePulse(): void {
    const [any] = this.graph.operators;
    if (any === undefined) this.graph.board.control[Control.PULSE] = 0;
    else this.graph.notice(any);
  }
}

/** True when a place may lie in the body of a generator: a function that the body has called pulls for itself. */
function isBodyOf(generator: Generator, site: LoopSite | undefined): boolean {
  if (site?.loop !== true || hasReadableSide(generator.stream)) return false;
  const fn = generatorFunctionOf(generator);
  return fn === undefined || fn.name === (site.functionName ?? '');
}

/** Where code is not in its file, a loop is known by its asking for the iterator before it pulls, or by there being no other way. */
function readLoop({ raw, pull, generator }: Seen): LoopSite | undefined {
  const site = readSite(raw);
  if (site === undefined || site.loop !== undefined) return site;
  const looped = pull.count.loops > 0 || hasReadableSide(generator.stream);
  return { ...site, loop: pull.origin !== undefined || looped, byHand: !looped };
}

function placeName({ file, line }: SourceLocation): string {
  return `${file.split(/[\\/]/).at(-1)}:${line}`;
}
