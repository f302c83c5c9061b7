import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createNoopMeter } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../../monitor/src/clock.ts';
import type { Incident, IncidentEvent } from '../../../../monitor/src/incident/incident.ts';
import { consoleListener } from '../../../../monitor/src/listener/console-listener.ts';
import type { IncidentListener } from '../../../../monitor/src/listener/listener.ts';
import { isPrivateAddress } from '../../../../monitor/src/listener/private-address.ts';
import { createListenerRegistry, type ListenerRegistry } from '../../../../monitor/src/listener/registry.ts';
import { webhookListener } from '../../../../monitor/src/listener/webhook-listener.ts';
import { silentLogger } from '../../../../monitor/src/log.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const event = (name: string, id = 'i1', type: Incident['type'] = 'stall'): IncidentEvent => ({
  event: `incident.${name}` as IncidentEvent['event'],
  incident: {
    id,
    type,
    dedupKey: 'k',
    summary: 'enrich stands still',
    severity: 'error',
    category: 'user',
    mechanism: 'await-pending',
    victims: [],
    evidence: { location: null },
  } as unknown as Incident,
});

interface Told {
  readonly failures: string[];
  readonly reasons: string[];
  readonly told: string[];
  readonly dropped: string[];
  readonly registry: ListenerRegistry;
  readonly clock: FakeClock;
}

function registryOf(listeners: IncidentListener[], limits: { timeoutMs?: number; queueLimit?: number } = {}): Told {
  const failures: string[] = [];
  const reasons: string[] = [];
  const told: string[] = [];
  const dropped: string[] = [];
  const clock = new FakeClock();
  const registry = createListenerRegistry({
    listeners,
    clock,
    progress: { job: () => undefined, worker: () => undefined },
    history: async () => [],
    meter: createNoopMeter(),
    logger: silentLogger,
    onFailure: (name, reason) => {
      failures.push(name);
      reasons.push(reason);
    },
    onTold: (name) => told.push(name),
    onDropped: (name) => dropped.push(name),
    ...limits,
  });
  return { failures, reasons, told, dropped, registry, clock };
}

/** Lets time pass in steps, and between them the promises of listeners settle. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += 100) {
    clock.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('the registry', () => {
  it('tells every listener of the types it asked for, in order, while others throw or hang', async () => {
    const seen: string[] = [];
    const { registry, failures, clock } = registryOf(
      [
        {
          name: 'throws',
          onIncident: () => {
            throw new Error('no');
          },
        },
        { name: 'hangs', onIncident: () => new Promise(() => {}) },
        {
          name: 'stalls only',
          types: ['stall'],
          onIncident: (incident, context) => {
            seen.push(`${incident.id} ${context.event}`);
          },
        },
      ],
      { timeoutMs: 1000 },
    );
    registry.notify(event('opened'));
    registry.notify(event('opened', 'i2', 'worker-lost'));
    registry.notify(event('resolved'));
    await pass(clock, 3500);
    expect(seen).toEqual(['i1 incident.opened', 'i1 incident.resolved']);
    expect(failures.filter((name) => name === 'throws')).toHaveLength(3);
    expect(failures.filter((name) => name === 'hangs')).toHaveLength(3);
    await registry.close(0);
  });

  it('never calls a listener twice at once, and aborts the signal when its time is up', async () => {
    const signals: AbortSignal[] = [];
    const { registry, clock } = registryOf(
      [
        {
          name: 'slow',
          onIncident: (_incident, { signal }) => {
            signals.push(signal);
            return new Promise(() => {});
          },
        },
      ],
      { timeoutMs: 1000 },
    );
    registry.notify(event('opened'));
    registry.notify(event('resolved'));
    await pass(clock, 500);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await pass(clock, 600);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    const closed = registry.close(100);
    await pass(clock, 100);
    await closed;
    expect(signals[1]?.aborted).toBe(true);
    expect(clock.timers).toBe(0);
  });

  it('drops and counts what a slow listener has no room for', async () => {
    const { registry, dropped, clock } = registryOf([{ name: 'slow', onIncident: () => new Promise(() => {}) }], {
      queueLimit: 2,
    });
    for (let n = 0; n < 6; n++) registry.notify(event('updated'));
    expect(dropped).toEqual(['slow', 'slow', 'slow']);
    const closed = registry.close(0);
    clock.advance(0);
    await closed;
  });

  it('leaves one alone for a minute after three calls that took too long, keeps its events, and tries it again', async () => {
    let calls = 0;
    let hangs = true;
    const onIncident = () => {
      calls += 1;
      return hangs ? new Promise<void>(() => {}) : Promise.resolve();
    };
    const { registry, clock, reasons, told, dropped } = registryOf([{ name: 'hangs', onIncident }], {
      timeoutMs: 1000,
    });
    for (let n = 0; n < 6; n++) registry.notify(event('updated'));
    await pass(clock, 3500);
    expect(calls).toBe(3);
    expect(reasons).toEqual([
      'it took too long',
      'it took too long',
      'it took too long, 3 times in a row; it is left alone for 60 s',
    ]);
    // One call after the rest shows that it still hangs, and it is left alone again.
    await pass(clock, 62_000);
    expect(calls).toBe(4);
    hangs = false;
    await pass(clock, 61_000);
    expect(calls).toBe(6);
    expect(told).toEqual(['hangs', 'hangs']);
    expect(dropped).toEqual([]);
    await registry.close(0);
    expect(clock.timers).toBe(0);
  });

  it('does not wait for the end of a rest when it closes', async () => {
    let calls = 0;
    let hangs = true;
    const onIncident = () => {
      calls += 1;
      return hangs ? new Promise<void>(() => {}) : Promise.resolve();
    };
    const { registry, clock } = registryOf([{ name: 'hangs', onIncident }], { timeoutMs: 1000 });
    for (let n = 0; n < 5; n++) registry.notify(event('updated'));
    await pass(clock, 3500);
    hangs = false;
    await registry.close(1000);
    expect(calls).toBe(5);
    expect(clock.timers).toBe(0);
  });

  it('refuses two listeners of the same name', () => {
    const listener = { name: 'same', onIncident: () => {} };
    expect(() => registryOf([listener, listener])).toThrow('same name');
  });
});

describe('the console listener', () => {
  it('writes one line that hostile names cannot break', async () => {
    const lines: string[] = [];
    const { registry } = registryOf([consoleListener((line) => lines.push(line))]);
    const { incident } = event('opened');
    registry.notify({ event: 'incident.opened', incident: { ...incident, summary: 'a\nFORGED \u001b[2J' } });
    await registry.close(1000);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^OPENED error stall user\/await-pending: a\ufffdFORGED \ufffd\[2J \[i1\]\n$/);
  });

  it('says nothing of an update that changes nothing but how long it has lasted', async () => {
    const lines: string[] = [];
    const { registry } = registryOf([consoleListener((line) => lines.push(line))]);
    const { incident } = event('opened');
    registry.notify({ event: 'incident.opened', incident });
    for (const summary of ['for 2 s', 'for 9 s'])
      registry.notify({ event: 'incident.updated', incident: { ...incident, summary } });
    registry.notify({ event: 'incident.updated', incident: { ...incident, mechanism: 'callback-lost' } });
    registry.notify({ event: 'incident.resolved', incident: { ...incident, mechanism: 'callback-lost' } });
    await registry.close(1000);
    expect(lines.map((line) => line.slice(0, line.indexOf(':')))).toEqual([
      'OPENED error stall user/await-pending',
      'UPDATED error stall user/callback-lost',
      'RESOLVED error stall user/callback-lost',
    ]);
  });
});

describe('the webhook listener', () => {
  /** A receiver that answers each request with the next of the given statuses. */
  async function receive(answers: ((response: ServerResponse) => void)[], allowPrivate = true) {
    const requests: { body: string; key: string | undefined }[] = [];
    const server = createServer((request: IncomingMessage, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        requests.push({ body, key: request.headers['idempotency-key'] as string | undefined });
        const answer = answers.shift();
        if (answer === undefined) response.writeHead(204).end();
        else answer(response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    const told = registryOf([webhookListener({ url, allowPrivate }, 0, systemClock)]);
    return { ...told, requests, close: () => server.close() };
  }

  it('tries again on 429 and 5xx with the same key, and keeps the order of events', async () => {
    const { registry, requests, failures, close } = await receive([
      (response) => response.writeHead(503).end(),
      (response) => response.writeHead(429, { 'retry-after': '0.05' }).end(),
    ]);
    registry.notify(event('opened'));
    registry.notify(event('resolved'));
    await registry.close(10_000);
    close();
    expect(requests.map(({ body }) => JSON.parse(body).event)).toEqual([
      'incident.opened',
      'incident.opened',
      'incident.opened',
      'incident.resolved',
    ]);
    expect(new Set(requests.slice(0, 3).map(({ key }) => key)).size).toBe(1);
    expect(requests[3]?.key).not.toBe(requests[0]?.key);
    expect(failures).toEqual([]);
  });

  it('waits for as long as the receiver asks for', async () => {
    const { registry, requests, close } = await receive([
      (response) => response.writeHead(429, { 'retry-after': '0.5' }).end(),
    ]);
    const startMs = performance.now();
    registry.notify(event('opened'));
    await registry.close(10_000);
    close();
    expect(requests).toHaveLength(2);
    // On top of its own pause, which is 0.4 s at most.
    expect(performance.now() - startMs).toBeGreaterThan(690);
  });

  it('gives up at once on other answers and does not follow redirects', async () => {
    const { registry, requests, failures, close } = await receive([
      (response) => response.writeHead(302, { location: '/elsewhere' }).end(),
      (response) => response.writeHead(400).end(),
    ]);
    registry.notify(event('opened'));
    registry.notify(event('resolved'));
    await registry.close(10_000);
    close();
    expect(requests).toHaveLength(2);
    expect(failures).toHaveLength(2);
  });

  it('does not reach this machine or a private network unless told to', async () => {
    const { registry, requests, failures, close } = await receive([], false);
    registry.notify(event('opened'));
    await registry.close(10_000);
    close();
    expect(requests).toEqual([]);
    expect(failures).toEqual(['webhook-1']);
    const named = registryOf([webhookListener({ url: 'http://localhost:9/' }, 0, systemClock)]);
    named.registry.notify(event('opened'));
    await named.registry.close(10_000);
    expect(named.failures).toEqual(['webhook-1']);
  });

  it('sees through an address that is written in another way', async () => {
    for (const url of [
      'http://2130706433:9/',
      'http://0x7f.1:9/',
      'http://017700000001:9/',
      'http://[::ffff:7f00:1]:9/',
    ]) {
      const { registry, reasons } = registryOf([webhookListener({ url }, 0, systemClock)]);
      registry.notify(event('opened'));
      await registry.close(10_000);
      // Refused before anything is sent: a connection that fails says so in other words.
      expect([url, reasons]).toEqual([url, [expect.stringContaining('is on this machine or in a private network')]]);
    }
  });

  it('knows private addresses in all their spellings', () => {
    for (const address of [
      '127.0.0.1',
      '10.1.2.3',
      '169.254.169.254',
      '192.168.0.1',
      '172.31.255.255',
      '0.0.0.0',
      '::1',
      '::',
      'fe80::1',
      'fd00::1',
      '::ffff:127.0.0.1',
    ])
      expect([address, isPrivateAddress(address)]).toEqual([address, true]);
    for (const address of ['8.8.8.8', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])
      expect([address, isPrivateAddress(address)]).toEqual([address, false]);
  });
});
