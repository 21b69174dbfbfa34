import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { describe, it } from 'node:test';
import { machineAddresses, oneOfEachFamily } from '../../../../agent/host/addresses.ts';

function address(text: string): NetworkInterfaceInfo {
  const common = { address: text, netmask: '', mac: '', internal: /^127\.|^::1$/.test(text), cidr: null };
  return text.includes(':') ? { ...common, family: 'IPv6', scopeid: 0 } : { ...common, family: 'IPv4' };
}

const INTERFACES = {
  lo: [address('127.0.0.1'), address('::1')],
  'br-0123456789ab': [address('172.18.0.1')],
  docker0: [address('172.17.0.1'), address('fe80::1')],
  veth12ab: [address('169.254.1.1')],
  wlan0: [address('192.168.2.5'), address('fe80::2')],
  eth0: [address('fd00::2'), address('192.168.1.5'), address('169.254.3.4')],
  'br-lan': [address('10.0.0.1')],
};

describe('machineAddresses', () => {
  it('puts the default route first, IPv4 before IPv6, and leaves out what is local', () => {
    assert.deepEqual(machineAddresses(INTERFACES, 'eth0'), [
      '192.168.1.5',
      'fd00::2',
      '192.168.2.5',
      '10.0.0.1',
    ]);
  });

  it('does without a default route', () => {
    assert.deepEqual(machineAddresses(INTERFACES, undefined)[0], '192.168.2.5');
    assert.deepEqual(machineAddresses({}, undefined), []);
  });

  it('names at most 16', () => {
    const many = Array.from({ length: 40 }, (_, index) => address(`10.1.0.${index}`));
    assert.equal(machineAddresses({ eth0: many }, 'eth0').length, 16);
  });
});

describe('oneOfEachFamily', () => {
  for (const [addresses, before, expected] of [
    [['192.168.1.5', 'fd00::2', '192.168.2.5', 'fd00::3'], [], ['192.168.1.5', 'fd00::2']],
    [['192.168.1.5'], [], ['192.168.1.5']],
    [['fd00::2', '192.168.2.5'], [], ['fd00::2', '192.168.2.5']],
    [[], ['192.168.1.5'], []],
    [
      ['192.168.1.5', 'fd00::a', 'fd00::b'],
      ['192.168.1.5', 'fd00::b'],
      ['192.168.1.5', 'fd00::b'],
    ],
    [
      ['192.168.1.5', 'fd00::a'],
      ['192.168.1.5', 'fd00::b'],
      ['192.168.1.5', 'fd00::a'],
    ],
    [['192.168.1.6', '192.168.1.5'], ['192.168.1.5'], ['192.168.1.5']],
  ] as const) {
    it(`is ${expected} of ${addresses} after ${before}`, () => {
      assert.deepEqual(oneOfEachFamily(addresses, before), expected);
    });
  }
});
