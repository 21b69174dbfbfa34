import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type GarbageView, imageGarbage, type PulledImage } from '../../../../agent/images/image-garbage.ts';

const NOW = 10_000_000;
const facts = (id: string, ...repoTags: string[]) => ({
  ...{ id, repoTags, repoDigests: [], sizeBytes: 10, os: '', architecture: '' },
});
const pulled = (id: string, lastUsedMs = 0, ...names: string[]): PulledImage => ({ id, names, lastUsedMs });

function view(wish: Partial<GarbageView> = {}): GarbageView {
  return {
    pulled: [pulled('a', 5), pulled('b', 3), pulled('c', 9)],
    present: [facts('a'), facts('b'), facts('c'), facts('owner')],
    isPinned: () => false,
    inUse: new Set(),
    disk: { totalBytes: 1000, availableBytes: 100 },
    thresholds: { high: 85, low: 80 },
    nowMs: NOW,
    ...wish,
  };
}
const ids = (wish: Partial<GarbageView>) => imageGarbage(view(wish)).images.map(({ id }) => id);

describe('the images that may go', () => {
  it('are none that is pinned', () => {
    assert.deepEqual(ids({ isPinned: ({ id }) => id === 'b' }), ['a', 'c']);
  });

  it('are none while the disk is not too full', () => {
    const disk = { totalBytes: 1000, availableBytes: 150 };
    assert.deepEqual(imageGarbage(view({ disk })), { images: [], bytesToFree: 0 });
  });

  it('are those used longest ago first, until enough is free', () => {
    assert.deepEqual(ids({}), ['b', 'a', 'c']);
    assert.equal(imageGarbage(view()).bytesToFree, 100);
  });

  it('are not in use, by whomever', () =>
    assert.deepEqual(ids({ inUse: new Set(['b', 'owner']) }), ['a', 'c']));

  it('are not of a moment ago: a container is about to be made of it', () => {
    assert.deepEqual(ids({ pulled: [pulled('a', NOW - 119_999), pulled('b', NOW - 120_000)] }), ['b']);
  });

  it('are not what the owner has given a name', () => {
    const own = [pulled('a', 0, 'docker.io/library/app:1'), pulled('b', 0, 'docker.io/me/app:1')];
    const present = [facts('a', 'app:1'), facts('b', 'me/app:1', 'kept:1')];
    assert.deepEqual(ids({ pulled: own, present }), ['a']);
  });

  it('were pulled by this agent, whatever else', () => {
    const id = fc.constantFrom<string>('a', 'b', 'c', 'd');
    fc.assert(
      fc.property(
        fc.array(id),
        fc.array(id),
        fc.array(id),
        fc.nat(1000),
        (ours, there, used, availableBytes) => {
          const found = ids({
            pulled: ours.map((name) => pulled(name)),
            present: [...new Set(there)].map((name) => facts(name)),
            inUse: new Set(used),
            disk: { totalBytes: 1000, availableBytes },
          });
          for (const name of found)
            assert.ok(ours.includes(name) && there.includes(name) && !used.includes(name));
        },
      ),
    );
  });
});
