import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchList } from '../../../../controller/rpc/watch-list.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

interface Item {
  readonly id: string;
  readonly text: string;
  readonly seen: number;
}

test('a watched list is told as a whole, then as it changes, and not for what says nothing', async () => {
  const clock = new ManualClock();
  const stopping = new AbortController();
  let items: readonly Item[] = [];
  const told: string[] = [];
  const list = { list: () => items, keyOf: ({ id }: Item) => id, says: ({ text }: Item) => text };
  const running = (async () => {
    for await (const { changed, gone } of watchList(list, clock, stopping.signal)) {
      told.push(
        `${changed.map(({ id }) => `+${id}`).join('')} ${gone.map(({ id }) => `-${id}`).join('')}`.trim(),
      );
    }
  })();
  const become = async (...now: Item[]) => {
    items = now;
    await clock.advance(1000);
  };
  await clock.advance(0);
  assert.deepEqual(told, [''], 'an empty list is told too');
  await become({ id: 'a', text: '1', seen: 1 }, { id: 'b', text: '1', seen: 1 });
  await become({ id: 'a', text: '1', seen: 2 }, { id: 'b', text: '2', seen: 2 });
  await become({ id: 'b', text: '2', seen: 3 });
  await become({ id: 'b', text: '2', seen: 4 });
  stopping.abort();
  await running;
  assert.deepEqual(told, ['', '+a+b', '+b', '-a']);
});
