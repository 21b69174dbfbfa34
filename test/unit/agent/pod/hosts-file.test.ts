import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hostsFile } from '../../../../agent/pod/hosts-file.ts';
import { aPod } from '../../../kit/pods.ts';

const names = { hostname: 'db-0', host: 'db-0', fqdn: undefined };
const full = { ...names, fqdn: 'db-0.db.shop.svc.cluster.local' };
const machineHosts = '127.0.0.1\tlocalhost\n192.0.2.9\tprinter\n';

const LOCAL = [
  '# Kubernetes-managed hosts file.',
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'fe00::0\tip6-mcastprefix',
  'fe00::1\tip6-allnodes',
  'fe00::2\tip6-allrouters',
].join('\n');

describe('the hosts file of a pod', () => {
  it('names the pod by all its addresses', () => {
    const podIps = ['172.17.0.2', 'fd00::2'];
    assert.equal(
      hostsFile(aPod(), { names, podIps, machineHosts }),
      `${LOCAL}\n172.17.0.2\tdb-0\nfd00::2\tdb-0\n`,
    );
  });

  it('names it in full where it has a subdomain', () => {
    assert.equal(
      hostsFile(aPod(), { names: full, podIps: ['172.17.0.2'], machineHosts }),
      `${LOCAL}\n172.17.0.2\tdb-0.db.shop.svc.cluster.local\tdb-0\n`,
    );
  });

  it('ends with the aliases', () => {
    const hostAliases = [{ ip: '192.0.2.7', hostnames: ['a', 'b'] }, { ip: '192.0.2.8' }];
    assert.equal(
      hostsFile(aPod({ spec: { hostAliases } }), { names, podIps: [], machineHosts }),
      `${LOCAL}\n\n# Entries added by HostAliases.\n192.0.2.7\ta\tb\n192.0.2.8\n`,
    );
  });

  it('is the machine’s on its network, aliases and all', () => {
    const hostAliases = [{ ip: '192.0.2.7', hostnames: ['a'] }];
    assert.equal(
      hostsFile(aPod({ spec: { hostNetwork: true, hostAliases } }), {
        names,
        podIps: ['192.0.2.1'],
        machineHosts,
      }),
      `# Kubernetes-managed hosts file (host network).\n${machineHosts}\n# Entries added by HostAliases.\n192.0.2.7\ta\n`,
    );
  });
});
