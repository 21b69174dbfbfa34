import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EarlyNews } from '../../../../controller/reconcile/early-news.ts';

const [a, b] = [
  { name: 'a', uid: 'uid-a' },
  { name: 'b', uid: 'uid-b' },
] as const;

describe('early news', () => {
  it('is the newest of each pod, from each agent that speaks of it', () => {
    const early = new EarlyNews();
    early.keep(a, 'p', { report: { phase: 'Pending' } });
    early.keep(a, 'p', { report: { phase: 'Running' } });
    early.keep(a, 'p', { gone: { status: undefined } });
    early.keep(b, 'p', { report: { phase: 'Failed' } });
    assert.deepEqual(early.takeAll(), [
      { agent: a, podUid: 'p', report: { phase: 'Running' }, gone: { status: undefined } },
      { agent: b, podUid: 'p', report: { phase: 'Failed' } },
    ]);
    assert.deepEqual(early.takeAll(), []);
  });

  it('of an agent is dropped when it has a new session, and of no other', () => {
    const early = new EarlyNews();
    early.keep(a, 'p', { report: {} });
    early.keep(b, 'q', { report: {} });
    early.dropAgent(a.uid);
    early.dropAgent('never-heard-of');
    assert.deepEqual(
      early.takeAll().map(({ podUid }) => podUid),
      ['q'],
    );
  });

  it('is bounded, and what is dropped makes room', () => {
    const early = new EarlyNews();
    for (let pod = 0; pod < 50_001; pod++) early.keep(a, `${pod}`, { report: {} });
    early.keep(b, 'beyond', { report: {} });
    early.dropAgent(a.uid);
    early.keep(b, 'within', { report: {} });
    assert.deepEqual(
      early.takeAll().map(({ podUid }) => podUid),
      ['within'],
    );
  });
});
