import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  decodeAgentLogRequest,
  decodeAttachRequest,
  decodeLogsRequest,
  decodeObject,
  decodeObjectKey,
  decodePod,
  decodeWelcome,
} from '../../../../agent/link/decode-controller.ts';
import { parseMembership } from '../../../../agent/link/membership-record.ts';
import { LongshoreError } from '../../../../common/errors.ts';

const POD = {
  metadata: { uid: 'u', name: 'web', namespace: 'default' },
  spec: { containers: [{ name: 'main', image: 'x' }], initContainers: [{ name: 'init' }] },
};
const upsert = (pod: unknown) => ({ uid: 'u', podJson: Buffer.from(JSON.stringify(pod)) });

describe('a pod from the controller', () => {
  it('is taken as it is', () => {
    assert.deepEqual(decodePod(upsert(POD)), POD);
  });

  for (const [what, pod, complaint] of [
    ['another uid than the message', { ...POD, metadata: { ...POD.metadata, uid: 'v' } }, /metadata\.uid/],
    ['a path for a name', { ...POD, metadata: { ...POD.metadata, name: '../x' } }, /metadata\.name/],
    ['no spec', { metadata: POD.metadata }, /pod u: spec/],
    ['no containers', { ...POD, spec: { containers: [] } }, /spec\.containers/],
    [
      'a container with a path for a name',
      { ...POD, spec: { containers: [{ name: '../x' }] } },
      /has no name/,
    ],
    [
      'init containers that are no list',
      { ...POD, spec: { ...POD.spec, initContainers: {} } },
      /has no name/,
    ],
    [
      'an environment that is no list',
      { ...POD, spec: { containers: [{ name: 'main', env: 5 }] } },
      /spec\.containers\[0\]\.env\)/,
    ],
    [
      'a grace that is no number',
      { ...POD, metadata: { ...POD.metadata, deletionGracePeriodSeconds: 'soon' } },
      /deletionGracePeriodSeconds/,
    ],
    ['statuses of another kind', { ...POD, status: { containerStatuses: [7] } }, /containerStatuses\[0\]/],
  ] as const) {
    it(`is refused with ${what}`, () => {
      assert.throws(() => decodePod(upsert(pod)), complaint);
    });
  }

  it('cannot make the decoder fail otherwise', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          decodePod({ uid: 'u', podJson: Buffer.from(text) });
        } catch (error) {
          assert.ok(error instanceof LongshoreError && error.code === 'invalid');
        }
      }),
    );
  });
});

describe('a welcome', () => {
  const WELCOME = {
    protocolVersion: 1,
    epoch: 5,
    timeMs: 1,
    heartbeatIntervalMs: 10_000,
    nodeName: 'longshore',
    clusterDns: ['10.96.0.10'],
    clusterDomain: '',
    podCidr: '',
  };

  it('is kept within a heartbeat we can live with', () => {
    assert.equal(decodeWelcome({ ...WELCOME, heartbeatIntervalMs: 0 }).heartbeatIntervalMs, 1000);
    assert.equal(decodeWelcome({ ...WELCOME, heartbeatIntervalMs: 2 ** 32 - 1 }).heartbeatIntervalMs, 60_000);
  });

  it('is refused from a stranger version or without a term', () => {
    assert.throws(() => decodeWelcome({ ...WELCOME, protocolVersion: 3 }), /upgrade the older/);
    assert.throws(() => decodeWelcome({ ...WELCOME, epoch: 0 }), /welcome\.epoch/);
  });

  it('gives the agent addresses for its pods, says that there are none, or nothing', () => {
    for (const podCidr of ['10.208.3.0/24', 'none', '']) {
      assert.equal(decodeWelcome({ ...WELCOME, podCidr }).podCidr, podCidr);
    }
    for (const podCidr of ['10.208.3.1/24', '10.208.3.0', 'fd00::/64', '300.0.0.0/8']) {
      assert.throws(() => decodeWelcome({ ...WELCOME, podCidr }), /welcome\.pod_cidr/);
    }
  });

  it('names the DNS of the cluster, in its usual domain when it says none', () => {
    assert.equal(decodeWelcome(WELCOME).clusterDomain, 'cluster.local');
    assert.throws(() => decodeWelcome({ ...WELCOME, clusterDns: ['dns.example'] }), /welcome\.cluster_dns/);
    assert.throws(() => decodeWelcome({ ...WELCOME, clusterDomain: 'a b' }), /welcome\.cluster_domain/);
  });
});

describe('a request for logs', () => {
  const REQUEST = {
    ...{ podUid: 'u', container: 'main', follow: false, previous: false, timestamps: false },
    stream: 'LOG_STREAM_ALL',
  } as const;

  it('may ask for no past lines but not for no bytes', () => {
    assert.equal(decodeLogsRequest({ ...REQUEST, tailLines: 0 }).tailLines, 0);
    assert.throws(() => decodeLogsRequest({ ...REQUEST, limitBytes: 0 }), /logs\.limitBytes/);
    assert.throws(() => decodeLogsRequest({ ...REQUEST, tailLines: -1 }), /logs\.tailLines/);
    assert.equal(decodeAgentLogRequest({ follow: true, tailLines: 0 }).tailLines, 0);
    assert.throws(() => decodeAgentLogRequest({ follow: true, tailLines: -1 }), /agent_log\.tail_lines/);
    assert.throws(() => decodeLogsRequest({ ...REQUEST, sinceSeconds: 0 }), /logs\.sinceSeconds/);
    const twice = { sinceSeconds: 5, sinceTimeMs: 5 };
    assert.throws(() => decodeLogsRequest({ ...REQUEST, ...twice }), /logs\.sinceSeconds/);
    assert.throws(() => decodeLogsRequest({ ...REQUEST, container: '../x' }), /logs\.container/);
    assert.throws(() => decodeLogsRequest({ ...REQUEST, stream: 7 as never }), /logs\.stream/);
  });

  it('to join a container names it, and at least one stream', () => {
    const asked = { podUid: 'u', container: 'main', stdin: false, stdout: true, stderr: false };
    assert.deepEqual(decodeAttachRequest(asked), asked);
    assert.throws(() => decodeAttachRequest({ ...asked, container: '' }), /attach\.container/);
    assert.throws(() => decodeAttachRequest({ ...asked, podUid: '../x' }), /pod uid/);
    assert.throws(() => decodeAttachRequest({ ...asked, stdout: false }), /none of stdin/);
  });
});

describe('an object from the controller', () => {
  const json = Buffer.from('{}');

  it('is found, absent or kept, and nothing when it is of a newer protocol', () => {
    assert.deepEqual(decodeObject({ key: 'k', found: { revision: '1', json } }), {
      ...{ kind: 'found', revision: '1', json },
    });
    assert.deepEqual(decodeObject({ key: 'k', absent: {} }), { kind: 'absent' });
    assert.deepEqual(decodeObject({ key: 'k', kept: { reason: 'why' } }), { kind: 'kept', reason: 'why' });
    assert.equal(decodeObject({ key: 'k' }), undefined);
  });

  for (const [what, found] of [
    ['no revision', { revision: '', json }],
    ['an endless revision', { revision: 'x'.repeat(300), json }],
    ['more bytes than any object', { revision: '1', json: Buffer.alloc(1.5 * 1024 * 1024 + 1) }],
  ] as const) {
    it(`with ${what} is refused`, () => {
      assert.throws(() => decodeObject({ key: 'k', found }), /malformed \((object\.found|an object larger)/);
    });
  }

  it('has a key of sensible length, and no endless reason', () => {
    assert.throws(() => decodeObjectKey(''), /key of an object/);
    assert.throws(() => decodeObjectKey('x'.repeat(2049)), /key of an object/);
    const kept = decodeObject({ key: 'k', kept: { reason: 'x'.repeat(5000) } });
    assert.equal(kept?.kind === 'kept' && kept.reason.length, 1024);
  });
});

describe('the stored membership', () => {
  for (const [what, value] of Object.entries({
    'no object': 'x',
    'no key': { lineage: 'l', epochSeen: 0 },
    'a key that is none': { keyPem: 'x', lineage: 'l', epochSeen: 0 },
  })) {
    it(`is never replaced when it is ${what}: the operator is told`, () => {
      assert.throws(() => parseMembership(value), /is damaged: .*; restore it, or remove identity.json/);
    });
  }
});
