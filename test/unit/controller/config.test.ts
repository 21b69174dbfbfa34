import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseControllerConfig, parseListenAddress } from '../../../controller/config.ts';

describe('parseControllerConfig', () => {
  it('needs only the node address', () => {
    const config = parseControllerConfig({ nodeAddress: '10.0.0.5' }, {});
    assert.equal(config.namespace, 'longshore-system');
    assert.equal(config.nodeName, 'longshore');
    assert.deepEqual(config.grpcListen, { host: '0.0.0.0', port: 7443 });
    assert.deepEqual(config.kubeletListen, { host: '0.0.0.0', port: 10250 });
    assert.equal(config.advertiseAddress, '10.0.0.5:7443');
    assert.equal(config.mdns, true);
    assert.deepEqual(config.clusterDns, { nameservers: [], domain: 'cluster.local' });
  });

  it('takes the cluster’s DNS to pass it on to agents', () => {
    const flags = { nodeAddress: '::1', clusterDns: '10.96.0.10, fd00::10', clusterDomain: 'home.example' };
    assert.deepEqual(parseControllerConfig(flags, {}).clusterDns, {
      nameservers: ['10.96.0.10', 'fd00::10'],
      domain: 'home.example',
    });
  });

  it('takes where pods reach the API server, or leaves it at its Service', () => {
    const config = (flags: Record<string, string>) =>
      parseControllerConfig({ nodeAddress: '::1', ...flags }, {}).podApiServer;
    assert.deepEqual(config({ podApiServer: '[fd00::9]:6443' }), { host: 'fd00::9', port: 6443 });
    assert.equal(config({}), undefined);
  });

  it('puts an IPv6 address in brackets where a port follows', () => {
    assert.equal(parseControllerConfig({ nodeAddress: 'fd00::1' }, {}).advertiseAddress, '[fd00::1]:7443');
  });

  it('takes the environment beneath the flags', () => {
    const env = {
      LONGSHORE_NODE_ADDRESS: '10.0.0.1',
      LONGSHORE_NODE_NAME: 'from-env',
      LONGSHORE_LOG_LEVEL: 'debug',
    };
    const config = parseControllerConfig({ nodeName: 'from-flag' }, env);
    assert.equal(config.nodeName, 'from-flag');
    assert.deepEqual(config.nodeAddress, { kind: 'ip', ip: '10.0.0.1' });
    assert.equal(config.logLevel, 'debug');
  });

  it('refuses to advertise a port that nobody can dial', () => {
    assert.throws(
      () => parseControllerConfig({ nodeAddress: '10.0.0.5', advertiseAddress: '10.0.0.5:0' }, {}),
      /--advertise-address must be HOST:PORT/,
    );
  });

  it('in a Pod takes its namespace, and knows the Pod by name', () => {
    const env = { POD_NAME: 'longshore-controller-x', POD_NAMESPACE: 'fleet' };
    const config = parseControllerConfig(
      { kubeletService: 'longshore-kubelet', advertiseAddress: 'fleet.example:7443' },
      env,
    );
    assert.equal(config.namespace, 'fleet');
    assert.deepEqual(config.pod, { namespace: 'fleet', name: 'longshore-controller-x' });
    assert.deepEqual(config.nodeAddress, { kind: 'service', name: 'longshore-kubelet' });
    assert.equal(config.advertiseAddress, 'fleet.example:7443');
  });

  it('takes the kubelet port’s certificate from one place', () => {
    const of = (flags: Record<string, string | boolean>) =>
      parseControllerConfig({ nodeAddress: '::1', ...flags }, {}).kubeletCertificate;
    assert.deepEqual(of({}), { kind: 'own' });
    assert.deepEqual(of({ kubeletCertificate: 'cluster' }), { kind: 'cluster', approve: false });
    assert.deepEqual(of({ kubeletCertificate: 'cluster', approveKubeletCertificate: true }), {
      kind: 'cluster',
      approve: true,
    });
    assert.deepEqual(of({ kubeletCertFile: 'c', kubeletKeyFile: 'k' }), {
      kind: 'files',
      certFile: 'c',
      keyFile: 'k',
    });
  });

  it('takes a switch from the environment as well', () => {
    const of = (env: Record<string, string>) =>
      parseControllerConfig({ nodeAddress: '::1' }, env).nodeCredential;
    assert.equal(of({}), false);
    assert.equal(of({ LONGSHORE_NODE_CREDENTIAL: 'true' }), true);
  });

  const refused: [string, Record<string, string | boolean>, RegExp][] = [
    ['no way to the leader', {}, /--node-address or --kubelet-service/],
    [
      'two ways to the leader',
      { nodeAddress: '::1', kubeletService: 'k' },
      /--node-address or --kubelet-service/,
    ],
    ['a Service and no address for agents', { kubeletService: 'k' }, /--advertise-address is required/],
    [
      'a Service that cannot be one',
      { kubeletService: 'a.b', advertiseAddress: 'h:1' },
      /--kubelet-service must/,
    ],
    [
      'a DNS that is no address',
      { nodeAddress: '::1', clusterDns: 'dns.example' },
      /--cluster-dns must be 1 to 3 IP/,
    ],
    ['half a pair', { nodeAddress: '::1', kubeletKeyFile: 'k' }, /go together/],
    [
      'two certificates',
      { nodeAddress: '::1', kubeletCertificate: 'own', kubeletCertFile: 'c', kubeletKeyFile: 'k' },
      /exclude each other/,
    ],
    ['a signer it does not know', { nodeAddress: '::1', kubeletCertificate: 'x' }, /must be own or cluster/],
    [
      'an approval of nothing',
      { nodeAddress: '::1', approveKubeletCertificate: true },
      /goes with --kubelet-certificate cluster/,
    ],
    [
      'an API server of pods without a port',
      { nodeAddress: '::1', podApiServer: 'api.example' },
      /--pod-api-server must be HOST:PORT/,
    ],
    ['other nodes', { nodeAddress: '::1', nodes: 'two' }, /--nodes must be one or per-agent, not 'two'/],
    [
      'one node’s credential for many',
      { nodeAddress: '::1', nodes: 'per-agent', nodeCredential: true },
      /--node-credential is the identity of one node/,
    ],
    [
      'one Service for the ports of many nodes',
      { nodes: 'per-agent', kubeletService: 'kubelet', advertiseAddress: 'h:1' },
      /give --node-address instead of --kubelet-service/,
    ],
    ['probes nowhere', { nodeAddress: '::1', healthListen: '8080' }, /--health-listen must be HOST:PORT/],
  ];
  for (const [what, flags, message] of refused) {
    it(`refuses ${what}`, () => assert.throws(() => parseControllerConfig(flags, {}), message));
  }

  it('reports every mistake at once', () => {
    const flags = {
      nodeAddress: 'nowhere',
      nodeName: 'Upper',
      namespace: 'a.b',
      grpcListen: '7443',
      kubeletListen: 'h:99999',
      advertiseAddress: 'x',
      logLevel: 'loud',
    };
    assert.throws(
      () => parseControllerConfig(flags, {}),
      (error: Error) =>
        [
          '--node-address must be an IP address',
          '--node-name',
          '--namespace',
          '--grpc-listen',
          '--kubelet-listen',
          '--advertise-address',
          '--log-level',
        ].every((part) => error.message.includes(part)),
    );
  });
});

describe('parseListenAddress', () => {
  const cases: [string, { host: string; port: number } | undefined][] = [
    ['0.0.0.0:0', { host: '0.0.0.0', port: 0 }],
    ['[::]:443', { host: '::', port: 443 }],
    ['box.lan:65535', { host: 'box.lan', port: 65535 }],
    ['box:65536', undefined],
    [':80', undefined],
    ['::1:80', undefined],
    ['box', undefined],
    ['box:80/x', undefined],
  ];
  for (const [text, expected] of cases) {
    it(`reads ${text}`, () => assert.deepEqual(parseListenAddress(text), expected));
  }
});
