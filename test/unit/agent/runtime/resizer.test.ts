import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createResizer } from '../../../../agent/runtime/resizer.ts';
import type { TerminalSize } from '../../../../common/stream-message.ts';
import { eventually } from '../../../kit/eventually.ts';

describe('a resizer', () => {
  it('applies one size after the other, and of those that come meanwhile the last', async () => {
    const applied: number[] = [];
    const waiting: (() => void)[] = [];
    const resize = createResizer(({ width }: TerminalSize) => {
      applied.push(width);
      return new Promise((resolve) => waiting.push(resolve));
    });
    for (const width of [1, 2, 3, 4]) resize({ width, height: 1 });
    assert.deepEqual(applied, [1]);
    waiting.shift()?.();
    await eventually(() => applied.length === 2, { everyMs: 1 });
    assert.deepEqual(applied, [1, 4]);
    waiting.shift()?.();
  });

  it('goes on when a size could not be applied', async () => {
    const applied: number[] = [];
    const resize = createResizer(async ({ width }) => {
      applied.push(width);
      throw new Error('the terminal is gone');
    });
    resize({ width: 1, height: 1 });
    await eventually(() => applied.length === 1, { everyMs: 1 });
    resize({ width: 2, height: 1 });
    await eventually(() => applied.length === 2, { everyMs: 1 });
  });
});
