// Owners and what becomes of their dependents when they are deleted.
import type { Conversation } from '../conversation.ts';
import { configMap } from '../objects.ts';
import type { Scenario } from '../scenario.ts';

export const ownership: Scenario = {
  name: 'ownership',
  async run(api) {
    const maps = api.in('configmaps');
    for (const propagationPolicy of ['Background', 'Foreground', 'Orphan']) {
      const dependent = await family(api, propagationPolicy.toLowerCase());
      await api.delete(
        `${maps}/${propagationPolicy.toLowerCase()}`,
        { propagationPolicy },
        { view: deletion },
      );
      await api.aside.until(`${maps}/${propagationPolicy.toLowerCase()}`, ({ status }) => status === 404);
      await api.aside.until(
        dependent,
        ({ status, body }) => status === 404 || body.metadata.ownerReferences === undefined,
      );
      await api.get(dependent);
    }
    // An owner that never was takes its dependents with it.
    await api.aside.create(
      maps,
      configMap(
        'abandoned',
        {},
        {
          ownerReferences: [
            {
              apiVersion: 'v1',
              kind: 'ConfigMap',
              name: 'none',
              uid: '11111111-2222-3333-4444-555555555555',
            },
          ],
        },
      ),
    );
    await api.aside.until(`${maps}/abandoned`, ({ status }) => status === 404);
    // One of two owners goes.
    const first = await api.aside.create(maps, configMap('one'));
    const second = await api.aside.create(maps, configMap('two'));
    await api.aside.create(maps, configMap('both', {}, { ownerReferences: [owner(first), owner(second)] }));
    await api.delete(`${maps}/one`);
    await api.aside.until(`${maps}/both`, ({ body }) => body.metadata.ownerReferences.length === 1);
    await api.get(`${maps}/both`);
    await api.delete(`${maps}?labelSelector=none`, { propagationPolicy: 'Foreground' });
  },
};

async function family(api: Conversation, name: string): Promise<string> {
  const made = await api.aside.create(api.in('configmaps'), configMap(name));
  await api.aside.create(
    api.in('configmaps'),
    configMap(`${name}-child`, {}, { ownerReferences: [{ ...owner(made), blockOwnerDeletion: true }] }),
  );
  return api.in(`configmaps/${name}-child`);
}

function owner({ metadata }: { metadata: { name: string; uid: string } }) {
  return { apiVersion: 'v1', kind: 'ConfigMap', name: metadata.name, uid: metadata.uid };
}

function deletion(body: { kind: string; metadata: Record<string, unknown> }) {
  if (body.kind === 'Status') return body;
  const { name, finalizers, deletionTimestamp, deletionGracePeriodSeconds } = body.metadata;
  return { name, finalizers, deletionTimestamp, deletionGracePeriodSeconds };
}
