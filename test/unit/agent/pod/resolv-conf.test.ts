import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  parseResolvConf,
  podResolver,
  reachableFromPods,
  resolvConf,
} from '../../../../agent/pod/resolv-conf.ts';
import { type ClusterDns, NO_CLUSTER_DNS } from '../../../../common/cluster-dns.ts';
import type { Pod } from '../../../../common/pod.ts';
import { aPod } from '../../../kit/pods.ts';

const CLUSTER: ClusterDns = { nameservers: ['10.96.0.10'], domain: 'cluster.local' };
const MACHINE = { nameservers: ['192.0.2.53'], searches: ['home.example'], options: ['timeout:2'] };

const resolver = (spec: Partial<Pod['spec']>, cluster = CLUSTER, machine = MACHINE) =>
  podResolver(aPod({ namespace: 'shop', spec }), cluster, machine);
const told = ({ events }: ReturnType<typeof resolver>) =>
  events.map(({ reason, message }) => `${reason}: ${message}`);

const OF_CLUSTER = {
  nameservers: ['10.96.0.10'],
  searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'home.example'],
  options: ['ndots:5'],
  events: [],
};
const OF_MACHINE = { ...MACHINE, events: [] };

describe('the resolver of a pod', () => {
  for (const [what, got, wanted] of [
    ['without a policy: the cluster’s', resolver({}), OF_CLUSTER],
    ['ClusterFirst', resolver({ dnsPolicy: 'ClusterFirst' }), OF_CLUSTER],
    ['ClusterFirst on the host’s network', resolver({ hostNetwork: true }), OF_MACHINE],
    [
      'ClusterFirstWithHostNet on the host’s network',
      resolver({ dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true }),
      OF_CLUSTER,
    ],
    ['Default', resolver({ dnsPolicy: 'Default' }), OF_MACHINE],
    [
      'None',
      resolver({ dnsPolicy: 'None', dnsConfig: { nameservers: ['192.0.2.1'] } }),
      { nameservers: ['192.0.2.1'], searches: [], options: [], events: [] },
    ],
  ] as const) {
    it(what, () => assert.deepEqual(got, wanted));
  }

  it('falls back to the machine’s where the cluster’s cannot be reached, and says so', () => {
    const got = resolver({}, NO_CLUSTER_DNS);
    assert.deepEqual({ ...got, events: [] }, OF_MACHINE);
    assert.deepEqual(told(got), [
      'MissingClusterDNS: pod: "web_shop(uid-web)". kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy. Falling back to "Default" policy.',
    ]);
  });

  it('takes in what the pod adds, once, its options before others of their name', () => {
    const dnsConfig = {
      nameservers: ['192.0.2.1', '10.96.0.10'],
      searches: ['home.example', 'shop.example'],
      options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
    };
    assert.deepEqual(resolver({ dnsConfig }), {
      nameservers: ['10.96.0.10', '192.0.2.1'],
      searches: [...OF_CLUSTER.searches, 'shop.example'],
      options: ['ndots:2', 'edns0'],
      events: [],
    });
  });

  it('leaves out what no resolver reads, and says what it kept', () => {
    const nameservers = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'];
    const searches = Array.from({ length: 40 }, (_, index) => `s${index}.example`);
    const got = resolver({ dnsPolicy: 'None', dnsConfig: { nameservers, searches } });
    assert.deepEqual(got.nameservers, nameservers.slice(0, 3));
    assert.deepEqual(got.searches, searches.slice(0, 32));
    assert.deepEqual(told(got), [
      `DNSConfigForming: Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${searches.slice(0, 32).join(' ')}`,
      'DNSConfigForming: Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 192.0.2.1 192.0.2.2 192.0.2.3',
    ]);
    const long = Array.from({ length: 20 }, (_, index) => `${index}${'s'.repeat(200)}`);
    const cut = resolver({ dnsPolicy: 'None', dnsConfig: { searches: long } });
    assert.deepEqual(cut.searches, long.slice(0, 10));
  });

  it('does not ask a loopback that is not the pod’s own', () => {
    const machine = { ...MACHINE, nameservers: ['127.0.0.1', '::1', '127.0.0.53'] };
    assert.deepEqual(reachableFromPods(machine).nameservers, []);
    assert.deepEqual(reachableFromPods(MACHINE), MACHINE);
  });
});

describe('resolv.conf', () => {
  it('is read as the resolver library reads it', () => {
    const text =
      '# made by hand\nnameserver 192.0.2.1 # near\n; far\nnameserver\t192.0.2.2\ndomain old.example\nsearch a.example  b.example\noptions ndots:1 rotate\nsortlist x\n';
    assert.deepEqual(parseResolvConf(text), {
      nameservers: ['192.0.2.1', '192.0.2.2'],
      searches: ['a.example', 'b.example'],
      options: ['ndots:1', 'rotate'],
    });
    assert.deepEqual(parseResolvConf(''), { nameservers: [], searches: [], options: [] });
  });

  it('says what it was made from', () => {
    const words = fc.array(fc.stringMatching(/^[a-z0-9:.-]{1,8}$/), { maxLength: 4 });
    fc.assert(
      fc.property(
        fc.record({ nameservers: words, searches: words, options: words }, { noNullPrototype: true }),
        (given) => {
          assert.deepEqual(parseResolvConf(resolvConf(given)), given);
        },
      ),
    );
  });
});
