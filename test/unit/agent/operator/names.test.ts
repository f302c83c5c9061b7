import { describe, expect, it } from 'vitest';
import { MAX_NAME_LENGTH, presentableName, UniqueNames } from '../../../../agent/src/operator/unique-names.ts';

describe('the name of an operator', () => {
  it('is numbered when another one has it', () => {
    const names = new UniqueNames();
    expect([names.take('parse'), names.take('parse'), names.take('parse')]).toEqual(['parse', 'parse #2', 'parse #3']);
    names.give('parse #2');
    expect(names.take('parse')).toBe('parse #2');
  });

  it('is never longer than 200 characters, number included', () => {
    const names = new UniqueNames();
    const long = 'x'.repeat(10_000);
    const taken = [names.take(long), names.take(long)];
    expect(taken.map((name) => name.length)).toEqual([MAX_NAME_LENGTH, MAX_NAME_LENGTH]);
    expect(taken[1]?.endsWith(' #2')).toBe(true);
  });

  it.each([
    ['an escape sequence', 'red\u001b[31m', 'red\ufffd[31m'],
    ['line breaks', 'a\nb\r\u2028c', 'a\ufffdb\ufffd\ufffdc'],
    ['text that turns the direction of writing', 'a\u202eb', 'a\ufffdb'],
    ['nothing', '', 'unnamed'],
    ['blanks', '   ', 'unnamed'],
  ])('with %s in it can be shown', (_what, name, shown) => {
    expect(presentableName(name)).toBe(shown);
  });
});
