import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFinished, planDelete } from '../../../../sandbox/builtin/graceful-delete.ts';
import { toKubeObject } from '../../../../sandbox/builtin/kube-object.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');

interface Shape {
  readonly nodeName?: string;
  readonly phase?: string;
  readonly grace?: number;
  readonly deleting?: { readonly at: string; readonly grace: number };
  readonly finalizers?: string[];
}

function pod({ nodeName, phase = 'Running', grace = 30, deleting, finalizers }: Shape) {
  return toKubeObject({
    kind: 'Pod',
    metadata: {
      name: 'web',
      ...(deleting ? { deletionTimestamp: deleting.at, deletionGracePeriodSeconds: deleting.grace } : {}),
      ...(finalizers ? { finalizers } : {}),
    },
    spec: { terminationGracePeriodSeconds: grace, ...(nodeName ? { nodeName } : {}) },
    status: { phase },
  });
}

test('a running pod is given its own grace, or the one asked for', () => {
  const cases = [
    [undefined, '2026-01-01T00:00:30Z', 30],
    [5, '2026-01-01T00:00:05Z', 5],
    [-1, '2026-01-01T00:00:01Z', 1],
  ] as const;
  for (const [graceSeconds, deletionTimestamp, expected] of cases) {
    const request = graceSeconds === undefined ? {} : { graceSeconds };
    assert.deepEqual(planDelete(pod({ nodeName: 'n' }), request, NOW), {
      kind: 'mark',
      mark: { deletionTimestamp, graceSeconds: expected, finalizers: [], firstTime: true },
    });
  }
});

test('a pod on no node, an ended pod and a grace of zero are seen without grace once more, and gone', () => {
  const cases = [
    [pod({ phase: 'Pending' }), { graceSeconds: 60 }],
    [pod({ nodeName: 'n', phase: 'Succeeded' }), {}],
    [pod({ nodeName: 'n', phase: 'Failed' }), {}],
    [pod({ nodeName: 'n' }), { graceSeconds: 0 }],
  ] as const;
  for (const [object, request] of cases) {
    assert.partialDeepStrictEqual(planDelete(object, request, NOW), {
      kind: 'remove',
      mark: { deletionTimestamp: '2026-01-01T00:00:00Z', graceSeconds: 0, firstTime: true },
    });
  }
});

test('a grace period once set is shortened and never grows', () => {
  const deleting = pod({ nodeName: 'n', deleting: { at: '2026-01-01T00:00:30Z', grace: 30 } });
  assert.deepEqual(planDelete(deleting, {}, NOW), { kind: 'leave' });
  assert.deepEqual(planDelete(deleting, { graceSeconds: 30 }, NOW), { kind: 'leave' });
  assert.deepEqual(planDelete(deleting, { graceSeconds: 100 }, NOW), { kind: 'leave' });
  assert.partialDeepStrictEqual(planDelete(deleting, { graceSeconds: 10 }, NOW + 5000), {
    kind: 'mark',
    mark: { deletionTimestamp: '2026-01-01T00:00:10Z', graceSeconds: 10, firstTime: false },
  });
  assert.partialDeepStrictEqual(planDelete(deleting, { graceSeconds: 0 }, NOW), { kind: 'remove' });
});

test('a grace that would be over already is a second from now', () => {
  const deleting = pod({ nodeName: 'n', deleting: { at: '2026-01-01T00:00:30Z', grace: 30 } });
  assert.partialDeepStrictEqual(planDelete(deleting, { graceSeconds: 10 }, NOW + 20_000), {
    kind: 'mark',
    mark: { deletionTimestamp: '2026-01-01T00:00:20Z', graceSeconds: 1 },
  });
});

test('finalizers hold an object whose grace is over', () => {
  const held = pod({ nodeName: 'n', finalizers: ['example.com/hold'] });
  assert.partialDeepStrictEqual(planDelete(held, { graceSeconds: 0 }, NOW), {
    kind: 'mark',
    mark: { graceSeconds: 0 },
  });
  const agent = toKubeObject({ kind: 'Agent', metadata: { name: 'a' } });
  assert.deepEqual(planDelete(agent, {}, NOW), { kind: 'remove' });
  assert.partialDeepStrictEqual(planDelete(agent, { addFinalizer: 'foregroundDeletion' }, NOW), {
    kind: 'mark',
    mark: { finalizers: ['foregroundDeletion'] },
  });
});

test('an object is finished when it is being deleted, out of grace and held by nothing', () => {
  const at = '2026-01-01T00:00:00Z';
  assert.equal(isFinished(pod({})), false);
  assert.equal(isFinished(pod({ deleting: { at, grace: 0 } })), true);
  assert.equal(isFinished(pod({ deleting: { at, grace: 30 } })), false);
  assert.equal(isFinished(pod({ deleting: { at, grace: 0 }, finalizers: ['a/b'] })), false);
  const namespace = {
    kind: 'Namespace',
    metadata: { deletionTimestamp: at },
    spec: { finalizers: ['kubernetes'] },
  };
  assert.equal(isFinished(toKubeObject(namespace)), false);
});
