// Dry runs: answered like the real thing, and nothing happens.
import { configMap, pod } from '../objects.ts';
import type { Scenario } from '../scenario.ts';

export const dryRun: Scenario = {
  name: 'dry-run',
  async run(api) {
    const maps = api.in('configmaps');
    await api.create(`${maps}?dryRun=All`, configMap('a', { n: '1' }));
    await api.get(`${maps}/a`);
    await api.create(maps, configMap('a', { n: '1' }));
    await api.create(`${maps}?dryRun=All`, configMap('a'));
    await api.put(`${maps}/a?dryRun=All`, configMap('a', { n: '2' }));
    await api.patch(`${maps}/a?dryRun=All`, 'merge', { data: { n: '3' } });
    await api.patch(`${maps}/a?dryRun=All`, 'strategic', { data: { m: '3' } });
    await api.delete(`${maps}/a?dryRun=All`);
    await api.delete(`${maps}/a`, { dryRun: ['All'] });
    await api.delete(`${maps}?dryRun=All&labelSelector=none`);
    await api.get(`${maps}/a`);
    await api.create(`${maps}?dryRun=Some`, configMap('b'));
    await api.create(`${maps}?dryRun=`, configMap('c'));
    await api.delete(`${maps}/a`, { dryRun: ['Some'] });

    await api.create(`${api.in('pods')}?dryRun=All`, pod('p'));
    await api.aside.create(api.in('pods'), pod('p', { spec: { nodeName: 'dry-node' } }));
    await api.delete(api.in('pods/p'), { dryRun: ['All'], gracePeriodSeconds: 5 });
    await api.delete(api.in('pods/p'), { dryRun: ['All'], gracePeriodSeconds: 0 });
    await api.patch(`${api.in('pods/p/status')}?dryRun=All`, 'strategic', { status: { phase: 'Running' } });
    await api.create(`${api.in('pods/p/eviction')}?dryRun=All`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'p' },
    });
    await api.get(api.in('pods/p'));
    // With a body the query is not looked at: this one is meant.
    await api.delete(`${api.in('pods/p')}?dryRun=All`, { gracePeriodSeconds: 0 });
    await api.get(api.in('pods/p'));
    await api.create('/api/v1/namespaces?dryRun=All', { metadata: { name: 'contract-dry-run-never' } });
    await api.delete(`/api/v1/namespaces/${api.namespace}?dryRun=All`);
  },
};
