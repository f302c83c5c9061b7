import { describe, expect, it } from 'vitest';
import type { Edge } from '../../../../agent/src/operator/edge.ts';
import { MAX_MARKERS, MarkerQueue } from '../../../../agent/src/operator/marker-queue.ts';

const left = { name: 'left' } as unknown as Edge;
const right = { name: 'right' } as unknown as Edge;

function drain(queue: MarkerQueue, completed: number): number[] {
  const epochs: number[] = [];
  for (let marker = queue.take(completed); marker !== undefined; marker = queue.take(completed))
    epochs.push(marker.epoch);
  return epochs;
}

describe('the markers in front of an operator', () => {
  it('pass in the order of their positions', () => {
    const queue = new MarkerQueue();
    queue.insert(2, 20, left);
    queue.insert(1, 10, right);
    queue.insert(3, 30, left);
    expect(queue.next).toBe(10);
    expect(drain(queue, 9)).toEqual([]);
    expect(drain(queue, 20)).toEqual([1, 2]);
    expect(queue.next).toBe(30);
  });

  it('replace each other at one position of one edge, so that a stalled operator collects none', () => {
    const queue = new MarkerQueue();
    for (let epoch = 1; epoch <= 1000; epoch++) queue.insert(epoch, 5, left);
    queue.insert(7, 5, right);
    expect(queue.length).toBe(2);
    expect(drain(queue, 5)).toEqual([1000, 7]);
  });

  it('are bounded: the last two of an edge are merged at the later position', () => {
    const queue = new MarkerQueue();
    for (let epoch = 1; epoch <= MAX_MARKERS + 50; epoch++) queue.insert(epoch, epoch, left);
    expect(queue.length).toBe(MAX_MARKERS);
    expect(drain(queue, MAX_MARKERS - 1)).toEqual(Array.from({ length: MAX_MARKERS - 1 }, (_none, index) => index + 1));
    expect(drain(queue, MAX_MARKERS + 49)).toEqual([]);
    expect(drain(queue, MAX_MARKERS + 50)).toEqual([MAX_MARKERS + 50]);
  });

  it('of one edge can be taken back', () => {
    const queue = new MarkerQueue();
    queue.insert(1, 10, left);
    queue.insert(1, 12, right);
    queue.insert(2, 20, left);
    expect(queue.remove(left)).toBe(2);
    expect(queue.remove(left)).toBe(0);
    expect(drain(queue, 100)).toEqual([1]);
    expect(queue.next).toBe(Number.POSITIVE_INFINITY);
  });
});
