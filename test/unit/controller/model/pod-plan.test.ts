import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type PodAgent, type PodView, planPod } from '../../../../controller/model/pod-plan.ts';
import { aPod, endedStatus, runningStatus } from '../../../kit/pods.ts';

const deleted = { deletionTimestamp: '2026-01-01T00:00:40Z', deletionGracePeriodSeconds: 30 };
const linked: PodAgent = { known: true, linked: true, told: 'current' };
const away: PodAgent = { known: true, linked: false, told: 'nothing' };
const placed = { record: { kind: 'placed', agent: 'a', agentUid: 'uid-a' }, agent: linked } as const;

const view = (wish: Partial<PodView>): PodView => ({
  synced: true,
  pod: aPod(),
  record: { kind: 'none' },
  agent: undefined,
  gone: false,
  statusDiffers: false,
  annotationDue: false,
  deleteAccepted: false,
  ...wish,
});

const CASES: [string, Partial<PodView>, string][] = [
  // Before the first complete lists nothing is done, whatever it looks like (checks 5 and 6).
  ['nothing is done before the lists are complete', { synced: false }, 'wait'],
  ['nothing is removed before the lists are complete', { synced: false, pod: undefined, ...placed }, 'wait'],
  [
    'no final delete before the lists are complete',
    { synced: false, pod: aPod({ metadata: deleted }), gone: true, ...placed },
    'wait',
  ],

  ['a new pod is placed', {}, 'place'],
  ['a pod that waited is placed when it fits', { record: { kind: 'waiting', message: '0/1' } }, 'place'],
  [
    'a mirror pod is never run',
    { pod: aPod({ metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } }) },
    'wait',
  ],
  ['a pod for another system is rejected', { pod: aPod({ spec: { os: { name: 'windows' } } }) }, 'reject'],
  ['a pod that ended without an agent stays as it is', { pod: aPod({ status: endedStatus() }) }, 'wait'],
  [
    'a deleted pod that was never placed goes at once',
    { pod: aPod({ metadata: deleted }) },
    'delete-unplaced',
  ],
  [
    'a deleted unplaced pod held by finalizers is not deleted again',
    { pod: aPod({ metadata: deleted }), deleteAccepted: true },
    'wait',
  ],
  ['an unreadable placement is not placed anew', { record: { kind: 'unreadable', message: '?' } }, 'wait'],
  [
    'an unreadable placement is not deleted as if never placed',
    { record: { kind: 'unreadable', message: '?' }, pod: aPod({ metadata: deleted }) },
    'wait',
  ],

  ['a placed pod is dispatched', { ...placed, agent: { ...linked, told: 'nothing' } }, 'dispatch'],
  [
    'a placed pod that changed is dispatched again',
    { ...placed, agent: { ...linked, told: 'older' } },
    'dispatch',
  ],
  ['a placed pod with an agent that is away waits', { ...placed, agent: away }, 'wait'],
  ['a report is published', { ...placed, statusDiffers: true }, 'publish-status'],
  ['a lost agent is shown on the pod', { ...placed, agent: away, statusDiffers: true }, 'publish-status'],
  [
    'the agent is told of a deletion before anything is written',
    { ...placed, pod: aPod({ metadata: deleted }), agent: { ...linked, told: 'older' }, statusDiffers: true },
    'dispatch',
  ],
  ['a placed pod is shown to people last', { ...placed, annotationDue: true }, 'annotate'],
  ['a pod in peace is left alone', { ...placed, pod: aPod({ status: runningStatus() }) }, 'wait'],
  ['a placement the API lost is written again', { ...placed, record: { kind: 'none' } }, 'restore-placement'],
  [
    'a placement somebody altered is written again',
    { ...placed, record: { kind: 'unreadable', message: '?' } },
    'restore-placement',
  ],
  [
    'a pod that ended is kept until it is deleted',
    { ...placed, pod: aPod({ status: endedStatus() }) },
    'wait',
  ],

  // Check 1: final status, then the delete, after the agent's word only.
  [
    'a deleted pod waits for its agent',
    { ...placed, pod: aPod({ metadata: deleted, status: runningStatus() }) },
    'wait',
  ],
  [
    'a deleted pod that reports its end still waits for the confirmation',
    { ...placed, pod: aPod({ metadata: deleted, status: endedStatus() }) },
    'wait',
  ],
  [
    'its final status comes first',
    { ...placed, pod: aPod({ metadata: deleted }), gone: true, statusDiffers: true },
    'publish-final-status',
  ],
  [
    'then the final delete',
    { ...placed, pod: aPod({ metadata: deleted, status: endedStatus() }), gone: true },
    'final-delete',
  ],
  [
    'also when the agent has left since',
    { ...placed, agent: away, pod: aPod({ metadata: deleted, status: endedStatus() }), gone: true },
    'final-delete',
  ],
  [
    'finalizers hold the object: it is left alone',
    { ...placed, pod: aPod({ metadata: deleted, status: endedStatus() }), gone: true, deleteAccepted: true },
    'wait',
  ],
  [
    'a pod that is gone without being deleted gets its end, and stays',
    { ...placed, gone: true, statusDiffers: true },
    'publish-final-status',
  ],
  ['and is not deleted', { ...placed, pod: aPod({ status: endedStatus(1) }), gone: true }, 'wait'],
  // Check 2: a lost agent never leads to a delete.
  [
    'a deleted pod on a lost agent stays',
    { ...placed, agent: away, pod: aPod({ metadata: deleted }) },
    'wait',
  ],
  [
    'a deleted pod whose Agent object was removed stays',
    { ...placed, agent: { ...away, known: false }, pod: aPod({ metadata: deleted }) },
    'wait',
  ],

  // Check 3: the object vanished.
  ['a vanished pod is removed from its agent', { ...placed, pod: undefined }, 'remove'],
  ['once', { ...placed, pod: undefined, agent: { ...linked, told: 'removed' } }, 'wait'],
  [
    'a vanished pod on an agent that is away is not forgotten',
    { ...placed, pod: undefined, agent: away },
    'wait',
  ],
  ['its confirmed end is acknowledged', { ...placed, pod: undefined, gone: true }, 'acknowledge-gone'],
  ['a vanished pod that had no agent is forgotten', { pod: undefined }, 'forget'],
  [
    'a vanished pod whose agent is no more is forgotten',
    { ...placed, pod: undefined, agent: { ...away, known: false } },
    'forget',
  ],
];

describe('the next step of a pod', () => {
  for (const [name, wish, step] of CASES) {
    test(`${name}: ${step}`, () => assert.equal(planPod(view(wish)).kind, step));
  }
});
