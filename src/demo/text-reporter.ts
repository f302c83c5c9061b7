import type { FlowRow } from './flow.ts';
import { incidentCard, type Paint, resolutionLine } from './incident-card.ts';
import type { Reporter } from './reporter.ts';

/** On a terminal the flow is drawn in place; elsewhere it is one line every so often. */
const PLAIN_FLOW_EVERY_MS = 1000;
const BAR_FULL_AT_PER_SECOND = 400;
const BAR_WIDTH = 20;

/** What a verdict means for somebody who sees it for the first time. */
const VERDICTS: Readonly<Record<string, string>> = {
  ok: 'busy',
  idle: 'idle',
  slow: 'slow',
  stalled: 'STALLED',
  backpressured: 'waits for the next',
  victim: 'waits (victim)',
  paused: 'paused',
  ended: 'ended',
  unknown: 'unknown',
};

/** Text for people: the flow, the incident, its end. */
export function createTextReporter(options: {
  readonly write: (text: string) => void;
  readonly paint: Paint;
  /** Whether the cursor can be moved. */
  readonly terminal: boolean;
  /** Whether to point to the page of the monitor. */
  readonly ui: boolean;
}): Reporter {
  const { write, paint, terminal, ui } = options;
  let drawnLines = 0;
  let plainAtMs = Number.NEGATIVE_INFINITY;
  let seen = '';
  let afterFlow = false;

  /** A block of lines with one empty line before and after it. */
  const tell = (...lines: readonly string[]): void => {
    drawnLines = 0;
    write(`${afterFlow ? '\n' : ''}${lines.join('\n')}\n\n`);
    afterFlow = false;
  };

  return {
    started: ({ url, worker, pid }) => {
      tell(
        `${paint('bold', 'streamgauge demo')}: worker ${worker} (process ${pid}) indexes the text files below node_modules.`,
        ...(ui ? [`The monitor is at ${paint('cyan', url)}`] : []),
      );
    },
    flow: (rows, elapsedMs) => {
      if (terminal) {
        afterFlow = true;
        const lines = rows.map((row) => terminalRow(row, paint));
        write(
          `${drawnLines === 0 ? '' : `\u001b[${drawnLines}A\u001b[0J`}${lines.map((line) => `${line}\n`).join('')}`,
        );
        drawnLines = lines.length;
      } else if (elapsedMs - plainAtMs >= PLAIN_FLOW_EVERY_MS) {
        plainAtMs = elapsedMs;
        afterFlow = true;
        write(`${(elapsedMs / 1000).toFixed(0).padStart(4)} s  ${rows.map(plainRow).join('  ')}\n`);
      }
    },
    faultInjected: ({ fault, description }) => tell(`${paint('bold', `Fault ${fault}`)}: ${description}.`),
    incident: ({ event, incident }) => {
      if (event === 'incident.resolved') {
        seen = '';
        tell(resolutionLine(incident, paint));
        return;
      }
      const lines = incidentCard(incident, paint);
      // An update that changes nothing a person sees here is not worth a second card.
      const text = lines.join('\n');
      if (text === seen) return;
      seen = text;
      tell(...lines);
    },
    faultLifted: ({ fault }) => tell(`Fault ${fault} is lifted.`),
    finished: ({ ok, reason, elapsedMs }) => {
      const head = ok ? paint(['bold', 'green'], 'Done') : paint(['bold', 'red'], 'Failed');
      tell(`${head} after ${(elapsedMs / 1000).toFixed(1)} s: ${reason}`);
    },
  };
}

function terminalRow(row: FlowRow, paint: Paint): string {
  const { operator, recordsPerSecond, verdict } = row;
  const filled = Math.min(BAR_WIDTH, Math.ceil((recordsPerSecond / BAR_FULL_AT_PER_SECOND) * BAR_WIDTH));
  const bar = '█'.repeat(filled).padEnd(BAR_WIDTH, '·');
  const style = verdict === 'stalled' ? 'red' : isMoving(row) ? 'green' : 'yellow';
  return `  ${operator.padEnd(9)} ${paint(style, bar)} ${String(recordsPerSecond).padStart(5)}/s  ${paint(style, words(row))}`;
}

function plainRow(row: FlowRow): string {
  return `${row.operator} ${row.recordsPerSecond}/s${isMoving(row) ? '' : ` ${words(row)}`}`;
}

function words(row: FlowRow): string {
  return isMoving(row) ? 'moving' : (VERDICTS[row.verdict] ?? row.verdict);
}

/** Between two records an operator is idle for an instant; one that completes records moves all the same. */
function isMoving({ recordsPerSecond, verdict }: FlowRow): boolean {
  return recordsPerSecond > 0 && (verdict === 'ok' || verdict === 'idle' || verdict === 'backpressured');
}
