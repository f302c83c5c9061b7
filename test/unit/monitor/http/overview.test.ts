import { describe, expect, it } from 'vitest';
import { overviewPage } from '../../../../monitor/src/http/overview.ts';
import { workerText } from '../../../../monitor/src/http/status-text.ts';
import type { Lists } from '../../../../monitor/src/http/visible.ts';
import { Story } from '../../../support/story.ts';

const hostile = '<script>alert(1)</script>';

/** A producer, and a consumer of its channel and of one that nobody fills who is watched. */
function story(): Story {
  const told = new Story().hello('a').hello('b');
  for (let second = 1; second <= 3; second += 1) {
    told.clock.advance(1000);
    told.report(
      {
        operators: { send: { kind: 'sink', leg: 'produce', failures: 3, lastFailure: hostile } },
        ports: [{ operator: 'send', direction: 'out', channel: `kafka/${hostile.replace('/', '')}`, position: second }],
      },
      'a',
    );
    told.report(
      {
        operators: {
          fetch: { state: 'paused', leg: 'fetch', pauseReason: hostile, pending: 7, disconnectedMs: 1500 },
          handle: {
            state: 'busy',
            leg: 'handle',
            thread: 2,
            oldestMs: 12_000,
            oldestKey: `${hostile}${'x'.repeat(200)}`,
          },
          plain: {},
        },
        ports: [
          { operator: 'fetch', direction: 'in', channel: `kafka/${hostile.replace('/', '')}`, position: 1 },
          { operator: 'handle', direction: 'in', channel: 'nats-jetstream/foreign', position: 5, head: 9 },
        ],
      },
      'b',
    );
  }
  return told;
}

describe('the pages for people', async () => {
  const { monitor } = story();
  const page = await overviewPage(monitor, [], 'now');
  const rows = page.split('\n').filter((line) => line.startsWith('<tr>'));
  const rowOf = (text: string): string => rows.find((row) => row.includes(text)) ?? '';

  it('show the step, the thread, why an operator is paused, what it holds, what waits and what failed', () => {
    expect(rowOf('>fetch ')).toContain('fetch, paused by &lt;script&gt;');
    expect(rowOf('>fetch ')).toContain('without connection for 1.5 s, 7 wait outside');
    expect(rowOf('>handle ')).toContain('handle, thread 2, oldest record &lt;script&gt;');
    expect(rowOf('>handle ')).toContain('… for 12 s');
    expect(rowOf('>send ')).toContain('produce, 3 failed, last: &lt;script&gt;');
    expect(rowOf('<td>plain</td>')).not.toBe('');
  });

  it('show what goes between processes, and who fills a channel without being watched', () => {
    expect(rowOf('send (a)')).toContain('fetch (b)');
    expect(rowOf('send (a)')).toContain('<td class="number">2</td><td class="number">2.0 s</td>');
    expect(rowOf('not watched')).toContain('nats-jetstream foreign</td><td>handle (b)</td><td class="number">4</td>');
  });

  it('show no name of a worker as anything but text', () => {
    expect(page).not.toContain('<script');
  });

  it('stay readable when there is too much: what stands comes first, and the page says how much it leaves out', async () => {
    const jobs = Array.from({ length: 60 }, (_, at) => ({
      job: `job-${at}`,
      state: 'running',
      reportAgeMs: 0,
      operators: 20,
      openIncidents: at === 59 ? 1 : 0,
    }));
    const lists = { jobs: () => jobs, graph: () => undefined, workers: () => [], openIncidents: () => [] };
    const text = await overviewPage(lists as unknown as Lists, [], 'now');
    const shown = [...text.matchAll(/<h2>(job-\d+)/g)].map(([, job]) => job);
    expect(shown).toHaveLength(50);
    expect(shown.slice(0, 2)).toEqual(['job-59', 'job-0']);
    expect(text).toContain('and 10 more jobs: /api/v1/jobs lists all');
  });

  it('lead to what each worker does now, whatever it is called', async () => {
    expect(page).toContain('<a href="/sdk_status?id=a">a</a>');
    const { monitor: other } = new Story().hello('x" onclick=y&at=z');
    expect(await overviewPage(other, [], 'now')).toContain(
      '<a href="/sdk_status?id=x%22+onclick%3Dy%26at%3Dz">x&quot; ',
    );
  });

  it('say of a job without operators and without reports that there are none', async () => {
    const { monitor: other } = new Story().hello('a');
    const empty = await overviewPage(other, [], 'now');
    expect(empty).toMatch(/, no report<\/span><\/h2><p class="quiet">No operators\.<\/p>/);
    for (const address of ['/sdk_status', '/heapz', '/statusz']) expect(empty).toContain(`<a href="${address}">`);
  });

  it('say the same as text, in one line per operator', () => {
    const worker = monitor.worker('b');
    if (worker === undefined) throw new Error('no worker');
    const lines = workerText(worker).split('\n');
    expect(lines.find((line) => line.includes('  fetch '))).toMatch(
      /ago, fetch, paused by <script>.*, 7 wait outside$/,
    );
    expect(lines.find((line) => line.includes('  plain '))).toMatch(/ms ago$/);
    expect(lines.some((line) => line.includes('TASKS'))).toBe(false);
  });

  it('say which tasks a worker has, and how many more it takes', () => {
    const worker = monitor.worker('b');
    if (worker === undefined) throw new Error('no worker');
    const task = { task: 'order-17', job: 'orders', state: 'running', since: '2026-01-02T03:04:05.000Z', message: '' };
    const text = workerText({ ...worker, tasks: [task], capacity: { slots: 2, free: 1 } });
    expect(text).toContain('  TASKS (1, 1 of 2 slots free)\n    order-17 (job orders) running since 2026-01-02T03:04');
  });
});
