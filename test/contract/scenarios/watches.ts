// Watches: what comes first, in which order, from which version on, what a selector makes of it, how they are refused.
import { configMap, pod } from '../objects.ts';
import type { Scenario } from '../scenario.ts';

export const watches: Scenario = {
  name: 'watches',
  async run(api) {
    const maps = api.in('configmaps');
    const others = 'fieldSelector=metadata.name!%3Dkube-root-ca.crt';
    const first = await api.aside.create(maps, configMap('a', { n: '1' }, { labels: { app: 'x' } }));
    await api.aside.create(maps, configMap('b'));

    // No version: what there is, then what happens.
    const all = await api.watch(`${maps}?watch=1&${others}`);
    await all.seen(2);
    await api.aside.patch(`${maps}/a`, 'merge', { data: { n: '2' } });
    await api.aside.patch(`${maps}/a`, 'merge', {});
    await api.aside.delete(`${maps}/b`);
    await all.seen(4);
    all.stop();

    // From a version: what came after it.
    const since = await api.watch(
      `${maps}?watch=true&resourceVersion=${first.metadata.resourceVersion}&${others}`,
    );
    await since.seen(3);
    since.stop();
    const list = await api.aside.get(maps);
    const quiet = await api.watch(
      `${maps}?watch=1&resourceVersion=${list.metadata.resourceVersion}&timeoutSeconds=1`,
    );
    await quiet.ended();
    quiet.stop();

    // What begins to match is added, what ceases to match is deleted.
    const selected = await api.watch(`${maps}?watch=1&labelSelector=app%3Dx`);
    await selected.seen(1);
    await api.aside.patch(`${maps}/a`, 'merge', { metadata: { labels: { app: 'y' } } });
    await api.aside.patch(`${maps}/a`, 'merge', { data: { n: 'unseen' } });
    await api.aside.patch(`${maps}/a`, 'merge', { metadata: { labels: { app: 'x' } } });
    await api.aside.delete(`${maps}/a`);
    await selected.seen(4);
    selected.stop();

    // One object by name, as controllers watch a Secret.
    const named = await api.watch(`${api.in('secrets')}?watch=1&fieldSelector=metadata.name%3Dwanted`);
    await api.aside.create(api.in('secrets'), { metadata: { name: 'other' } });
    await api.aside.create(api.in('secrets'), { metadata: { name: 'wanted' }, data: { a: 'Yg==' } });
    await named.seen(1);
    named.stop();
    // With a name in the path, `watch` is not looked at.
    await api.get(`${api.in('secrets/wanted')}?watch=1`);
    const old = await api.watch(
      `/api/v1/watch/namespaces/${api.namespace}/secrets?fieldSelector=metadata.name%3Dother`,
    );
    await old.seen(1);
    old.stop();

    // A pod's whole life on a node, as that node sees it.
    const node = 'spec.nodeName%3Dwatch-node';
    const pods = await api.watch(
      `/api/v1/pods?watch=1&fieldSelector=${node}&resourceVersion=${list.metadata.resourceVersion}`,
      { view: lifeOf },
    );
    await api.aside.create(api.in('pods'), pod('p'));
    await api.aside.create(api.in('pods/p/binding'), {
      metadata: { name: 'p' },
      target: { kind: 'Node', name: 'watch-node' },
    });
    await api.aside.patch(api.in('pods/p/status'), 'strategic', { status: { phase: 'Running' } });
    await api.aside.delete(api.in('pods/p'), { gracePeriodSeconds: 30 });
    await api.aside.delete(api.in('pods/p'), { gracePeriodSeconds: 0 });
    await pods.seen(5);
    pods.stop();

    // The list as the beginning of the watch.
    const query = `watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&${others}`;
    await api.aside.create(maps, configMap('c'));
    const listing = await api.watch(`${maps}?${query}`);
    await listing.seen(2);
    await api.aside.delete(`${maps}/c`);
    await listing.seen(3);
    listing.stop();
    for (const wrong of [
      'watch=1&sendInitialEvents=true',
      'watch=1&sendInitialEvents=true&resourceVersionMatch=Exact',
      'watch=1&resourceVersionMatch=NotOlderThan',
      'watch=1&resourceVersion=nonsense',
      'watch=1&resourceVersion=-1',
      'watch=1&timeoutSeconds=soon',
      'watch=1&limit=nonsense',
      'watch=1&labelSelector=!!',
      'watch=1&fieldSelector=spec.none%3D1',
    ]) {
      (await api.watch(`${maps}?${wrong}`)).stop();
    }

    // A version of the future.
    const tooNew = await api.watch(`${maps}?watch=1&resourceVersion=999999999999999&timeoutSeconds=1`);
    await tooNew.ended();
    tooNew.stop();

    // Other forms.
    const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    await api.aside.create(maps, configMap('t', { a: '1' }));
    const rows = await api.watch(`${maps}?watch=1&${others}`, { accept: table });
    await rows.seen(1);
    await api.aside.patch(`${maps}/t`, 'merge', { data: { b: '2' } });
    await rows.seen(2);
    rows.stop();
    const partial = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
    const names = await api.watch(`${maps}?watch=1&${others}`, { accept: partial });
    await names.seen(1);
    names.stop();
  },
};

function lifeOf({
  metadata,
  spec,
  status,
}: {
  metadata: Record<string, unknown>;
  spec: { nodeName: string };
  status: object;
}) {
  const { name, generation, resourceVersion, deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  return {
    metadata: { name, generation, resourceVersion, deletionTimestamp, deletionGracePeriodSeconds },
    spec: { nodeName: spec.nodeName },
    status,
  };
}
