// What pods are called and whom they ask for names, on Docker's default bridge and on a network of one's own.
import assert from 'node:assert/strict';
import { readFileSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { hostname as machineHostname } from 'node:os';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Pod } from '../../../../common/pod.ts';
import { ensureBusyboxImage } from '../../../kit/busybox-image.ts';
import { eventually } from '../../../kit/eventually.ts';
import { freePodCidr } from '../../../kit/pod-cidr.ts';
import { PodMachine, SERVE, scriptPod } from '../../../kit/pod-machine.ts';

const CLUSTER_DNS = { nameservers: ['192.0.2.10'], domain: 'cluster.test' };
const LOOK = 'hostname; echo --; cat /etc/hosts; echo --; cat /etc/resolv.conf; echo --';
const SHOW = `${LOOK}; ${SERVE}`;
const podCidr = freePodCidr();

for (const kind of ['the default bridge', 'a network of its own']) {
  describe(`pods on ${kind}`, () => {
    let machine: PodMachine;
    const pods: Pod[] = [];
    before(async () => {
      await ensureBusyboxImage();
      const own = kind === 'the default bridge' ? {} : { podCidr };
      machine = await PodMachine.create({ ...own, clusterDns: CLUSTER_DNS });
    });
    afterEach(async () => {
      for (const { metadata } of pods.splice(0)) await machine.drop(metadata.uid);
    });
    after(async () => {
      await machine[Symbol.asyncDispose]();
    });

    const apply = async (pod: Pod): Promise<string> => {
      pods.push(pod);
      await machine.manager.apply(pod);
      return pod.metadata.uid;
    };
    /** hostname, /etc/hosts, /etc/resolv.conf. */
    const seen = (uid: string) =>
      eventually(async () => {
        if (machine.status(uid)?.phase !== 'Running') return undefined;
        const parts = (await machine.output(uid)).split('--');
        return parts.length === 4 ? parts.map((part) => part.trim()) : undefined;
      });

    it('are reached at their host ports', async () => {
      const hostPort = 20_000 + (process.pid % 10_000);
      const ports = [{ containerPort: 8080, hostPort, hostIP: '127.0.0.1' }];
      const script = 'while :; do echo hello | nc -l -p 8080; done';
      await apply(scriptPod({ main: script }, { containers: [{ name: 'main', ports }] }));
      await eventually(async () => (await said(hostPort)) === 'hello\n', { what: 'an answer' });
    });

    it('have a managed hosts file and the cluster’s DNS', async () => {
      const hostAliases = [{ ip: '192.0.2.7', hostnames: ['printer', 'printer.example'] }];
      const pod = scriptPod(
        { main: SHOW },
        { dnsPolicy: 'ClusterFirst', hostname: 'db-0', subdomain: 'db', hostAliases },
      );
      const uid = await apply(pod);
      const [hostname, hosts, resolv] = await seen(uid);
      const { podIP } = machine.status(uid) ?? {};
      assert.equal(podIP?.startsWith(podCidr.replace('0/24', '')), kind !== 'the default bridge');
      assert.equal(hostname, 'db-0');
      assert.deepEqual(hosts?.split('\n').slice(-4), [
        `${podIP}\tdb-0.db.default.svc.cluster.test\tdb-0`,
        '',
        '# Entries added by HostAliases.',
        '192.0.2.7\tprinter\tprinter.example',
      ]);
      assert.match(hosts ?? '', /^# Kubernetes-managed hosts file\.\n127\.0\.0\.1\tlocalhost\n/);
      assert.match(
        resolv ?? '',
        /^nameserver 192\.0\.2\.10\nsearch default\.svc\.cluster\.test svc\.cluster\.test cluster\.test.*\noptions ndots:5$/,
      );
    });

    it('are sent to a resolver of the engine where they cannot reach the machine’s', async () => {
      const uid = await apply(scriptPod({ main: SERVE }));
      await eventually(() => machine.status(uid)?.phase === 'Running');
      const sandbox = (await machine.names()).find((name) => name.includes('k8s_POD') && name.includes(uid));
      const { network = '' } = (await machine.engine.inspect(sandbox ?? '')) ?? {};
      const found = await machine.engine.resolvers(network);
      const own = process.env['DOCKER_HOST']?.includes('podman')
        ? [podCidr.replace('0/24', '1'), '8.8.8.8', '8.8.4.4']
        : ['127.0.0.11'];
      assert.deepEqual(found, kind === 'the default bridge' ? ['8.8.8.8', '8.8.4.4'] : own);
    });

    it('see their full name as hostname where they ask for it', async () => {
      const names = { hostname: 'db-0', subdomain: 'a-rather-long-subdomain', setHostnameAsFQDN: true };
      const uid = await apply(scriptPod({ main: SHOW }, names));
      assert.equal((await seen(uid))[0], 'db-0.a-rather-long-subdomain.default.svc.cluster.test');
    });

    it('see the override of their hostname', async () => {
      const uid = await apply(
        scriptPod({ main: SHOW }, { hostnameOverride: 'box.example', subdomain: 'db' }),
      );
      const [hostname, hosts] = await seen(uid);
      assert.equal(hostname, 'box.example');
      assert.match(hosts ?? '', /\tbox\.example$/);
    });

    it('wait where their full name is too long, and say so', async () => {
      const names = { hostname: 'h'.repeat(40), subdomain: 'db', setHostnameAsFQDN: true };
      const uid = await apply(scriptPod({ main: SERVE }, names));
      await eventually(() => machine.reasons(uid).includes('FailedCreatePodSandBox'));
      assert.equal(machine.status(uid)?.phase, 'Pending');
      const { message } = machine.events.find(({ podUid }) => podUid === uid) ?? {};
      assert.match(message ?? '', /^Failed to create pod sandbox: failed to construct FQDN .* is too long/);
    });

    it('ask whom they say, and nobody else', async () => {
      const dnsConfig = {
        nameservers: ['192.0.2.53'],
        searches: ['shop.example'],
        options: [{ name: 'ndots', value: '2' }],
      };
      const uid = await apply(scriptPod({ main: SHOW }, { dnsPolicy: 'None', dnsConfig }));
      assert.equal((await seen(uid))[2], 'nameserver 192.0.2.53\nsearch shop.example\noptions ndots:2');
    });

    it('ask whom their machine asks by policy Default, and what they add', async () => {
      const dnsConfig = { searches: ['shop.example'] };
      const uid = await apply(scriptPod({ main: SHOW }, { dnsPolicy: 'Default', dnsConfig }));
      const resolv = (await seen(uid))[2] ?? '';
      const first = /^nameserver (.*)$/m.exec(readFileSync('/etc/resolv.conf', 'utf8'))?.[1] ?? '';
      assert.ok(resolv.startsWith(`nameserver ${first.startsWith('127.') ? '' : first}`), resolv);
      assert.match(resolv, /^search .*shop\.example$/m);
    });

    it('in the host’s namespaces are called as it is, and share them', async () => {
      const hostAliases = [{ ip: '192.0.2.7', hostnames: ['printer'] }];
      const main = `echo $(for ns in net ipc pid uts; do readlink /proc/self/ns/$ns; done); ${SHOW}`;
      const spec = {
        hostNetwork: true,
        hostPID: true,
        hostIPC: true,
        hostAliases,
        dnsPolicy: 'ClusterFirstWithHostNet',
      };
      const uid = await apply(scriptPod({ main }, spec));
      const [first, hosts, resolv] = await seen(uid);
      assert.match(resolv ?? '', /^nameserver 192\.0\.2\.10\nsearch default\.svc\.cluster\.test /);
      const [namespaces, hostname] = first?.split('\n') ?? [];
      const own = ['net', 'ipc', 'pid', 'uts'].map((kind) => readlinkSync(`/proc/self/ns/${kind}`));
      assert.equal(namespaces, own.join(' '));
      assert.equal(hostname, machineHostname());
      assert.equal(
        hosts,
        `# Kubernetes-managed hosts file (host network).\n${readFileSync('/etc/hosts', 'utf8')}\n# Entries added by HostAliases.\n192.0.2.7\tprinter`,
      );
      assert.equal(machine.status(uid)?.podIP, machine.status(uid)?.hostIP);
    });

    it('see the same names after a restart', async () => {
      const uid = await apply(scriptPod({ main: `${LOOK}; sleep 0.1; exit 1` }, { hostname: 'db-0' }));
      await eventually(() => (machine.container(uid)?.restartCount ?? 0) > 0 && machine.status(uid)?.podIP);
      const { podIP } = machine.status(uid) ?? {};
      await eventually(async () => (await machine.output(uid)).includes(`${podIP}\tdb-0`));
    });
  });
}

/** What comes from a port of the machine; empty while nobody is there. */
async function said(port: number): Promise<string> {
  let text = '';
  try {
    for await (const chunk of connect(port, '127.0.0.1')) text += String(chunk);
  } catch {
    // Not yet.
  }
  return text;
}
