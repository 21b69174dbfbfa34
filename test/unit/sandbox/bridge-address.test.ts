import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bridgeAddress } from '../../../sandbox/bridge-address.ts';

describe("Docker's bridge", () => {
  for (const [what, config, address] of [
    ['names its gateway', [{ Subnet: '192.168.9.0/24', Gateway: '192.168.9.5' }], '192.168.9.5'],
    ['names only its subnet', [{ Subnet: '172.17.0.0/16' }], '172.17.0.1'],
    [
      'has an IPv6 subnet first',
      [{ Subnet: 'fd00::/64', Gateway: 'fd00::1' }, { Subnet: '10.9.8.0/24' }],
      '10.9.8.1',
    ],
    ['has no IPv4', [{ Subnet: 'fd00::/64' }], undefined],
    ['has nothing', [], undefined],
  ] as const) {
    it(`that ${what} is at ${address ?? 'no address'}`, () => assert.equal(bridgeAddress(config), address));
  }
});
