import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cordonEvents, writtenEvents } from '../../../../controller/model/node-events.ts';
import type { Node } from '../../../../controller/model/node-object.ts';

const node = (ready: string, bootID = ''): Node => ({
  metadata: { name: 'n' },
  status: {
    conditions: [{ type: 'Ready', status: ready }],
    nodeInfo: { bootID } as NonNullable<NonNullable<Node['status']>['nodeInfo']>,
  },
});
const reasons = (events: readonly { readonly reason: string }[]) => events.map(({ reason }) => reason);

test('a condition that flips is told, and one of a node that is new only when it is good news', () => {
  assert.deepEqual(reasons(writtenEvents(undefined, node('True'))), ['NodeReady']);
  assert.deepEqual(reasons(writtenEvents(undefined, node('False'))), []);
  assert.deepEqual(reasons(writtenEvents(node('True'), node('False'))), ['NodeNotReady']);
  assert.deepEqual(reasons(writtenEvents(node('Unknown'), node('True'))), ['NodeReady']);
  assert.deepEqual(reasons(writtenEvents(node('True'), node('True'))), []);
});

test('a boot that is another is told as a warning, and the first one is not', () => {
  assert.deepEqual(writtenEvents(node('True', 'b1'), node('True', 'b2')), [
    { type: 'Warning', reason: 'Rebooted', message: 'Node n has been rebooted, boot id: b2' },
  ]);
  assert.deepEqual(writtenEvents(node('True', ''), node('True', 'b1')), []);
  assert.deepEqual(writtenEvents(undefined, node('False', 'b1')), []);
});

test('a cordon is told when it comes and when it goes', () => {
  const cordoned = { ...node('True'), spec: { unschedulable: true } };
  assert.deepEqual(cordonEvents(false, cordoned), [
    { type: 'Normal', reason: 'NodeNotSchedulable', message: 'Node n status is now: NodeNotSchedulable' },
  ]);
  assert.deepEqual(reasons(cordonEvents(true, node('True'))), ['NodeSchedulable']);
  assert.deepEqual(cordonEvents(true, cordoned), []);
  assert.deepEqual(cordonEvents(false, node('True')), []);
});
