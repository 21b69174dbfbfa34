import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { podHostname } from '../../../../agent/pod/pod-hostname.ts';
import type { Pod } from '../../../../common/pod.ts';
import { aPod } from '../../../kit/pods.ts';

const named = (spec: Partial<Pod['spec']>, name = 'web') =>
  podHostname(aPod({ name, namespace: 'shop', spec }), 'cluster.local');

describe('the hostname of a pod', () => {
  for (const [what, got, wanted] of [
    ['is its name', named({}), { hostname: 'web', host: 'web', fqdn: undefined }],
    ['is what it asks for', named({ hostname: 'db-0' }), { hostname: 'db-0', host: 'db-0', fqdn: undefined }],
    [
      'is cut to a label, with nothing hanging at its end',
      named({}, `${'h'.repeat(61)}.-x`),
      { hostname: 'h'.repeat(61), host: 'h'.repeat(61), fqdn: undefined },
    ],
    [
      'has a full name in a subdomain',
      named({ hostname: 'db-0', subdomain: 'db' }),
      { hostname: 'db-0', host: 'db-0', fqdn: 'db-0.db.shop.svc.cluster.local' },
    ],
    [
      'is the full name where it asks for that',
      named({ hostname: 'db-0', subdomain: 'db', setHostnameAsFQDN: true }),
      { hostname: 'db-0.db.shop.svc.cluster.local', host: 'db-0', fqdn: 'db-0.db.shop.svc.cluster.local' },
    ],
    [
      'is short without a subdomain, whatever it asks for',
      named({ setHostnameAsFQDN: true }),
      { hostname: 'web', host: 'web', fqdn: undefined },
    ],
    [
      'is the override before all else',
      named({ hostname: 'db-0', subdomain: 'db', hostnameOverride: 'box.example' }),
      { hostname: 'box.example', host: 'box.example', fqdn: undefined },
    ],
  ] as const) {
    it(what, () => assert.deepEqual(got, { kind: 'ok', ...wanted }));
  }

  it('cannot be a full name that the kernel does not take', () => {
    const subdomain = 's'.repeat(40);
    assert.deepEqual(named({ subdomain, setHostnameAsFQDN: true }), {
      kind: 'problem',
      message: `failed to construct FQDN from pod hostname and cluster domain, FQDN web.${subdomain}.shop.svc.cluster.local is too long (64 characters is the max, 67 characters requested)`,
    });
  });
});
