import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bridgeName, ownNetworkRequest, routeInTheWay } from '../../../../agent/pod/own-network.ts';

const UID = '0f8fad5b-d9cb-469f-a165-70867728950e';
const ROUTES = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	0101A8C0	0003	0	0	100	00000000	0	0	0
tun1	00000000	0100A8C0	0003	0	0	0	00000080	0	0	0
tun1	00000080	0100A8C0	0003	0	0	0	00000080	0	0	0
tun1	00000020	0100A8C0	0003	0	0	0	000000F0	0	0	0
lan0	00000015	00000000	0001	0	0	0	000000FF	0	0	0
eth0	0001A8C0	00000000	0001	0	0	100	00FFFFFF	0	0	0
tun0	0000D00A	00000000	0001	0	0	50	0000F0FF	0	0	0
ls-0f8fad5bd9cb	0003D10A	00000000	0001	0	0	0	00FFFFFF	0	0	0
`;

describe('the network of an agent’s pods', () => {
  it('is a bridge of its own in its addresses', () => {
    assert.deepEqual(ownNetworkRequest(UID, '10.208.3.0/24'), {
      Name: `longshore-${UID}`,
      Driver: 'bridge',
      CheckDuplicate: true,
      Labels: { 'longshore.dev/agent-uid': UID },
      IPAM: { Config: [{ Subnet: '10.208.3.0/24' }] },
      Options: { 'com.docker.network.bridge.name': 'ls-0f8fad5bd9cb' },
    });
    assert.ok(bridgeName(UID).length <= 15, 'the kernel takes no longer one');
  });

  for (const [podCidr, device] of [
    ['192.168.1.0/24', 'eth0'],
    ['192.168.0.0/16', 'eth0'],
    ['10.220.0.0/24', 'tun0'],
    ['21.240.0.0/24', 'lan0'],
    ['36.240.0.0/24', undefined],
    ['10.240.0.0/24', undefined],
    ['172.30.0.0/24', undefined],
  ] as const) {
    it(`${device ? `is kept off ${podCidr} by ${device}` : `may have ${podCidr}`}`, () => {
      assert.equal(routeInTheWay(ROUTES, podCidr, 'ls-other'), device);
    });
  }

  it('is not in its own way', () => {
    const own = ROUTES.split('\n').filter((line) => !line.startsWith('tun0'));
    assert.equal(routeInTheWay(own.join('\n'), '10.209.3.0/24', 'ls-0f8fad5bd9cb'), undefined);
    assert.equal(routeInTheWay(own.join('\n'), '10.209.3.0/24', 'ls-other'), 'ls-0f8fad5bd9cb');
  });
});
