import type { Incident, IncidentFrame } from '../incident/incident.ts';

/**
 * The samples of an incident as collapsed stacks, one line per stack: frames outermost first, joined by semicolons, then the
 * count (the format of flamegraph.pl).
 */
export function collapsedStacks({ evidence: { samples } }: Incident): string {
  return samples.map(({ frames, count }) => `${[...frames].reverse().map(frameText).join(';')} ${count}\n`).join('');
}

/** The samples of an incident as a speedscope file (https://www.speedscope.app/file-format-schema.json). */
export function speedscopeProfile({ id, summary, evidence: { samples } }: Incident): unknown {
  const indexes = new Map<string, number>();
  const frames: { name: string; file: string; line: number; col: number }[] = [];
  const indexOf = (frame: IncidentFrame): number => {
    const key = frameText(frame);
    const known = indexes.get(key);
    if (known !== undefined) return known;
    indexes.set(key, frames.length);
    frames.push({ name: frame.function || '(anonymous)', file: frame.file, line: frame.line, col: frame.column });
    return frames.length - 1;
  };
  const stacks = samples.map((sample) => [...sample.frames].reverse().map(indexOf));
  const weights = samples.map(({ count }) => count);
  return {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    name: `incident ${id}`,
    exporter: 'streamgauge',
    activeProfileIndex: 0,
    shared: { frames },
    profiles: [
      {
        type: 'sampled',
        name: summary,
        unit: 'none',
        startValue: 0,
        endValue: weights.reduce((sum, weight) => sum + weight, 0),
        samples: stacks,
        weights,
      },
    ],
  };
}

function frameText({ function: name, file, line, column }: IncidentFrame): string {
  const place = file === '' ? '(native)' : `${file}:${line}:${column}`;
  return `${name || '(anonymous)'} ${place}`.replaceAll(';', ',').replace(/[\r\n]/g, ' ');
}
