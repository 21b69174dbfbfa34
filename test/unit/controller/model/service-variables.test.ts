import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Service, serviceVariables } from '../../../../controller/model/service-variables.ts';

function service(namespace: string, name: string, spec: Service['spec']): Service {
  return { metadata: { namespace, name, uid: `${namespace}/${name}` }, spec };
}

const KUBERNETES = service('default', 'kubernetes', {
  clusterIP: '10.96.0.1',
  ports: [{ name: 'https', port: 443, protocol: 'TCP' }],
});
const OF_KUBERNETES = {
  KUBERNETES_SERVICE_HOST: '10.96.0.1',
  KUBERNETES_SERVICE_PORT: '443',
  KUBERNETES_SERVICE_PORT_HTTPS: '443',
  KUBERNETES_PORT: 'tcp://10.96.0.1:443',
  KUBERNETES_PORT_443_TCP: 'tcp://10.96.0.1:443',
  KUBERNETES_PORT_443_TCP_PROTO: 'tcp',
  KUBERNETES_PORT_443_TCP_PORT: '443',
  KUBERNETES_PORT_443_TCP_ADDR: '10.96.0.1',
};

describe('the variables of Services', () => {
  it('are those of the API server for every namespace, and for none', () => {
    assert.deepEqual(serviceVariables([KUBERNETES], 'shop', undefined), OF_KUBERNETES);
    assert.deepEqual(serviceVariables([KUBERNETES], undefined, undefined), OF_KUBERNETES);
    assert.deepEqual(serviceVariables([KUBERNETES], 'default', undefined), OF_KUBERNETES);
  });

  it('are made of every port, the first of which needs no name', () => {
    const ports = [
      { name: 'http', port: 80, protocol: 'TCP' },
      { name: 'dns-udp', port: 53, protocol: 'UDP' },
    ];
    const front = service('shop', 'shop-front', { clusterIP: '10.96.0.7', ports });
    assert.deepEqual(serviceVariables([front], 'shop', undefined), {
      SHOP_FRONT_SERVICE_HOST: '10.96.0.7',
      SHOP_FRONT_SERVICE_PORT: '80',
      SHOP_FRONT_SERVICE_PORT_HTTP: '80',
      SHOP_FRONT_SERVICE_PORT_DNS_UDP: '53',
      SHOP_FRONT_PORT: 'tcp://10.96.0.7:80',
      SHOP_FRONT_PORT_80_TCP: 'tcp://10.96.0.7:80',
      SHOP_FRONT_PORT_80_TCP_PROTO: 'tcp',
      SHOP_FRONT_PORT_80_TCP_PORT: '80',
      SHOP_FRONT_PORT_80_TCP_ADDR: '10.96.0.7',
      SHOP_FRONT_PORT_53_UDP: 'udp://10.96.0.7:53',
      SHOP_FRONT_PORT_53_UDP_PROTO: 'udp',
      SHOP_FRONT_PORT_53_UDP_PORT: '53',
      SHOP_FRONT_PORT_53_UDP_ADDR: '10.96.0.7',
    });
  });

  it('are of the namespace’s own Services that have an address', () => {
    const ports = [{ port: 80 }];
    const services = [
      service('shop', 'here', { clusterIP: '10.96.0.7', ports }),
      service('other', 'there', { clusterIP: '10.96.0.8', ports }),
      service('shop', 'headless', { clusterIP: 'None', ports }),
      service('shop', 'outside', { type: 'ExternalName', externalName: 'example.com' }),
    ];
    const names = Object.keys(serviceVariables(services, 'shop', undefined));
    assert.ok(names.includes('HERE_SERVICE_HOST'));
    assert.ok(names.every((name) => name.startsWith('HERE_')));
  });

  it('are of the namespace’s own Service where it has the name of the API server’s', () => {
    const own = service('shop', 'kubernetes', { clusterIP: '10.96.0.9', ports: [{ port: 80 }] });
    const variables = serviceVariables([own, KUBERNETES], 'shop', undefined);
    assert.equal(variables['KUBERNETES_SERVICE_HOST'], '10.96.0.9');
    assert.equal(variables['KUBERNETES_SERVICE_PORT_HTTPS'], undefined);
    assert.deepEqual(serviceVariables([own, KUBERNETES], undefined, undefined), OF_KUBERNETES);
  });

  it('write an IPv6 address in brackets in URLs alone', () => {
    const six = service('shop', 'six', { clusterIP: 'fd00::7', ports: [{ port: 80 }] });
    const variables = serviceVariables([six], 'shop', undefined);
    assert.equal(variables['SIX_SERVICE_HOST'], 'fd00::7');
    assert.equal(variables['SIX_PORT_80_TCP'], 'tcp://[fd00::7]:80');
  });

  it('lead to the API server where it can be reached, when that is said', () => {
    const variables = serviceVariables([KUBERNETES], 'shop', { host: '192.0.2.9', port: 6443 });
    assert.equal(variables['KUBERNETES_SERVICE_HOST'], '192.0.2.9');
    assert.equal(variables['KUBERNETES_SERVICE_PORT'], '6443');
    assert.equal(variables['KUBERNETES_SERVICE_PORT_HTTPS'], '6443');
    assert.equal(variables['KUBERNETES_PORT'], 'tcp://192.0.2.9:6443');
    assert.equal(variables['KUBERNETES_PORT_6443_TCP_ADDR'], '192.0.2.9');
  });

  it('are in the same order whatever order the Services come in', () => {
    const services = ['b', 'a'].map((name) =>
      service('shop', name, { clusterIP: '10.96.0.7', ports: [{ port: 80 }] }),
    );
    const text = (list: readonly Service[]) => JSON.stringify(serviceVariables(list, 'shop', undefined));
    assert.equal(text(services), text(services.toReversed()));
  });
});
