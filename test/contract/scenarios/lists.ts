// Lists: their metadata, pages, versions, and how their options are refused.
import { configMap } from '../objects.ts';
import type { Scenario } from '../scenario.ts';

const REFUSED = [
  'limit=soon',
  'limit=-1',
  'continue=nonsense',
  'continue=nonsense&resourceVersion=5',
  'resourceVersion=nonsense',
  'resourceVersionMatch=Exact',
  'resourceVersionMatch=Exact&resourceVersion=0',
  'resourceVersionMatch=Nearly&resourceVersion=5',
  'sendInitialEvents=true',
  'resourceVersion=999999999999999',
];

export const lists: Scenario = {
  name: 'lists',
  async run(api) {
    const maps = api.in('configmaps');
    const only = 'labelSelector=page';
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      await api.aside.create(maps, configMap(name, {}, { labels: { page: '1' } }));
    }
    await api.get(`${api.in('secrets')}`);
    await api.get(`${maps}?limit=0&${only}`, { view: page });
    const all = `${maps}?limit=4`;
    const { body: first } = await api.get(all, { view: page });
    const next = encodeURIComponent(first.metadata.continue);
    await api.aside.delete(`${maps}/d`);
    await api.aside.create(maps, configMap('bb'));
    await api.get(`${all}&continue=${next}`, { view: page });
    const { body: selected } = await api.get(`${maps}?limit=2&${only}`, { view: page });
    await api.get(`${maps}?limit=9&${only}&continue=${encodeURIComponent(selected.metadata.continue)}`, {
      view: page,
    });
    await api.get(`${maps}?limit=2&${only}&continue=${next}&resourceVersion=0`, { view: page });
    await api.get(`${maps}?${only}&resourceVersion=0`, { view: page });
    const { resourceVersion } = (await api.aside.get(maps)).metadata;
    for (const match of ['Exact', 'NotOlderThan']) {
      await api.get(`${maps}?${only}&resourceVersion=${resourceVersion}&resourceVersionMatch=${match}`, {
        view: page,
      });
    }
    await api.get(`${maps}?${only}&resourceVersion=${resourceVersion}`, { view: page });
    // As it was, whatever has happened since.
    await api.aside.delete(`${maps}/e`);
    await api.aside.create(maps, configMap('f', {}, { labels: { page: '1' } }));
    // The real one answers NotOlderThan from a cache, which may lag; a list of the newest waits until that has it all.
    await api.aside.get(maps);
    for (const query of [
      `resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`,
      `resourceVersion=${resourceVersion}&limit=9`,
      `resourceVersion=${resourceVersion}&resourceVersionMatch=NotOlderThan`,
    ]) {
      await api.get(`${maps}?${only}&${query}`, { view: page });
    }
    for (const query of REFUSED) await api.get(`${maps}?${query}`, { view: page });
    await api.get(`${maps}/a?resourceVersion=0`);
    await api.get(`${maps}/a?resourceVersion=nonsense`);
    await api.get('/api/v1/namespaces/nowhere/configmaps');
    await api.get('/apis/coordination.k8s.io/v1/namespaces/nowhere/leases');
    const partial = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
    await api.get(`${maps}?${only}&limit=1`, { accept: partial });
  },
};

function page(body: { kind: string; metadata: object; items?: { metadata: { name: string } }[] }) {
  if (body.kind === 'Status') return body;
  const { kind, metadata, items } = body;
  return { kind, metadata, items: items?.map((item) => item.metadata.name) };
}
