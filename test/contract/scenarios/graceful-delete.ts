// Deletion in steps: grace, finalizers, shorter grace, no grace; and who still sees the object meanwhile.
import type { Conversation } from '../conversation.ts';
import { configMap, pod } from '../objects.ts';
import type { Scenario } from '../scenario.ts';

const BOUND = { nodeName: 'graceful-node' };

export const gracefulDelete: Scenario = {
  name: 'graceful-delete',
  async run(api) {
    await unbound(api);
    await bound(api);
    await held(api);
    await variations(api);
  },
};

/** No node, no grace. */
async function unbound(api: Conversation) {
  await api.aside.create(api.in('pods'), pod('unbound'));
  await api.delete(api.in('pods/unbound'), { gracePeriodSeconds: 20 });
  await api.get(api.in('pods/unbound'));
}

async function bound(api: Conversation) {
  const path = api.in('pods/bound');
  await api.aside.create(api.in('pods'), pod('bound', { spec: BOUND }));
  await api.delete(path, undefined, { view: deletion });
  await api.delete(path, undefined, { view: deletion });
  await api.delete(path, { gracePeriodSeconds: 40 }, { view: deletion });
  await api.delete(path, { gracePeriodSeconds: 5 }, { view: deletion });
  await api.patch(path, 'merge', { metadata: { labels: { late: 'yes' } } }, { view: deletion });
  await api.patch(
    api.in('pods/bound/status'),
    'strategic',
    { status: { phase: 'Failed' } },
    { view: deletion },
  );
  await api.patch(
    path,
    'merge',
    { metadata: { deletionTimestamp: null, deletionGracePeriodSeconds: null } },
    { view: deletion },
  );
  await api.delete(path, { gracePeriodSeconds: 0 }, { view: deletion });
  await api.delete(path);
  await api.aside.create(api.in('pods'), pod('bound', { spec: BOUND }));
  await api.delete(`${path}?gracePeriodSeconds=0`, undefined, { view: deletion });
}

async function held(api: Conversation) {
  const finalizers = ['example.org/hold'];
  const path = api.in('pods/held');
  await api.aside.create(api.in('pods'), pod('held', { metadata: { finalizers }, spec: BOUND }));
  await api.delete(path, { gracePeriodSeconds: 3 }, { view: deletion });
  await api.delete(path, { gracePeriodSeconds: 0 }, { view: deletion });
  await api.delete(path, { gracePeriodSeconds: 0 }, { view: deletion });
  await api.patch(
    path,
    'merge',
    { metadata: { finalizers: ['example.org/hold', 'example.org/more'] } },
    { view: deletion },
  );
  await api.patch(path, 'merge', { metadata: { finalizers: null } }, { view: deletion });
  await api.get(path);

  // The finalizer goes first, the grace after it.
  await api.aside.create(api.in('pods'), pod('held', { metadata: { finalizers }, spec: BOUND }));
  await api.delete(path, { gracePeriodSeconds: 7 }, { view: deletion });
  await api.patch(path, 'merge', { metadata: { finalizers: null } }, { view: deletion });
  await api.delete(path, { gracePeriodSeconds: 0 }, { view: deletion });

  const map = api.in('configmaps/held');
  await api.aside.create(api.in('configmaps'), configMap('held', {}, { finalizers }));
  await api.delete(map);
  await api.delete(map);
  await api.put(map, configMap('held', { still: 'editable' }, { finalizers }));
  await api.put(map, configMap('held', { gone: 'now' }));
  await api.get(map);
}

async function variations(api: Conversation) {
  const path = api.in('pods/v');
  const make = (spec: object = {}) =>
    api.aside.create(api.in('pods'), pod('v', { spec: { ...BOUND, ...spec } }));
  await make({ terminationGracePeriodSeconds: 2 });
  await api.delete(path, {}, { view: deletion });
  await api.delete(path, { gracePeriodSeconds: 0 }, { view: deletion });
  await make();
  await api.delete(path, { gracePeriodSeconds: -1 }, { view: deletion });
  await api.delete(path, { gracePeriodSeconds: 0 }, { view: deletion });
  await make({ terminationGracePeriodSeconds: 0 });
  await api.delete(path, {}, { view: deletion });
  await make();
  await api.aside.patch(api.in('pods/v/status'), 'merge', { status: { phase: 'Succeeded' } });
  await api.delete(path, { gracePeriodSeconds: 30 }, { view: deletion });
  await make();
  await api.delete(path, { propagationPolicy: 'Sideways' });
  await api.delete(path, { propagationPolicy: 'Orphan', orphanDependents: true });
  await api.delete(path, { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 'soon' });
  await api.delete(path, 'no json');
  await api.delete(`${path}?gracePeriodSeconds=soon`);
  await api.delete(`${path}?gracePeriodSeconds=9`, { gracePeriodSeconds: 4 }, { view: deletion });
  await api.delete(`${api.in('pods')}?gracePeriodSeconds=1`, undefined, {
    view: ({ kind, items }) => ({ kind, items: items?.map(deletion) }),
  });
  await api.delete(`${api.in('pods')}?gracePeriodSeconds=0`, undefined, {
    view: ({ kind, items }) => ({ kind, items: items?.map(deletion) }),
  });
}

/** Of a pod, how far its deletion is; of a Status, all. The grace as the distance of the two times would be clock-bound. */
function deletion(body: { kind?: string; metadata: Record<string, unknown>; status?: { phase?: string } }) {
  if (body.kind === 'Status') return body;
  const {
    name,
    generation,
    labels,
    finalizers,
    resourceVersion,
    deletionTimestamp,
    deletionGracePeriodSeconds,
  } = body.metadata;
  return {
    metadata: {
      name,
      generation,
      labels,
      finalizers,
      resourceVersion,
      deletionTimestamp,
      deletionGracePeriodSeconds,
    },
    status: { phase: body.status?.phase },
  };
}
