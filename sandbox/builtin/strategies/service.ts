// Services: defaults and cluster IPs. Nothing forwards traffic here; the address is what clients and pods are told.
import { type FieldError, invalidField, required, unsupported } from '../api-error.ts';
import { ensureObject, numberAt, objectsAt, setDefault, stringAt } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { KindStrategy, StrategyContext } from '../strategy.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

export const serviceStrategy: KindStrategy = {
  nameRule: 'label1035',
  returnsDeleted: true,
  prepareForCreate(service, context) {
    fillDefaults(service);
    service['status'] = { loadBalancer: {} };
    assignClusterIp(service, context);
  },
  prepareForUpdate(next, current) {
    const spec = ensureObject(next, 'spec');
    for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) {
      setDefault(spec, field, structuredClone(ensureObject(current, 'spec')[field]));
    }
    fillDefaults(next);
  },
  validate: serviceErrors,
  validateUpdate(next, current) {
    const before = stringAt(current, 'spec', 'clusterIP') ?? '';
    const after = stringAt(next, 'spec', 'clusterIP') ?? '';
    const moved = before !== '' && before !== after && stringAt(next, 'spec', 'type') !== 'ExternalName';
    return [
      ...serviceErrors(next),
      ...(moved ? [invalidField('spec.clusterIPs[0]', [after], 'may not change once set')] : []),
    ];
  },
};

function fillDefaults(service: KubeObject): void {
  const spec = ensureObject(service, 'spec');
  setDefault(spec, 'type', 'ClusterIP');
  setDefault(spec, 'sessionAffinity', 'None');
  if (spec['type'] !== 'ExternalName') setDefault(spec, 'internalTrafficPolicy', 'Cluster');
  if (spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer') {
    setDefault(spec, 'externalTrafficPolicy', 'Cluster');
  }
  for (const port of objectsAt(spec, 'ports')) {
    setDefault(port, 'protocol', 'TCP');
    setDefault(port, 'targetPort', port['port']);
  }
}

function assignClusterIp(service: KubeObject, { storage }: StrategyContext): void {
  const spec = ensureObject(service, 'spec');
  if (spec['type'] === 'ExternalName') return;
  setDefault(spec, 'clusterIP', freeAddress(storage.list('services.')));
  if (spec['clusterIP'] === '') spec['clusterIP'] = freeAddress(storage.list('services.'));
  setDefault(spec, 'clusterIPs', [spec['clusterIP']]);
  setDefault(spec, 'ipFamilies', ['IPv4']);
  setDefault(spec, 'ipFamilyPolicy', 'SingleStack');
}

/** 10.96.0.0/16; .1 is the API server's own. */
function freeAddress(services: readonly KubeObject[]): string {
  const used = new Set(services.map((service) => stringAt(service, 'spec', 'clusterIP')));
  for (let index = 2; index < 65_534; index++) {
    const address = `10.96.${index >> 8}.${index & 255}`;
    if (!used.has(address)) return address;
  }
  return 'None';
}

function serviceErrors(service: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const type = stringAt(service, 'spec', 'type') ?? '';
  if (!TYPES.includes(type)) errors.push(unsupported('spec.type', type, TYPES));
  const ports = objectsAt(service, 'spec', 'ports');
  const headless = stringAt(service, 'spec', 'clusterIP') === 'None';
  if (ports.length === 0 && type !== 'ExternalName' && !headless) errors.push(required('spec.ports'));
  ports.forEach((port, index) => {
    const number = numberAt(port, 'port');
    const field = `spec.ports[${index}]`;
    if (ports.length > 1 && !stringAt(port, 'name')) errors.push(required(`${field}.name`));
    if (number === undefined || number < 1 || number > 65_535) {
      errors.push(invalidField(`${field}.port`, number ?? 0, 'must be between 1 and 65535, inclusive'));
    }
    const protocol = stringAt(port, 'protocol') ?? '';
    if (!PROTOCOLS.includes(protocol)) errors.push(unsupported(`${field}.protocol`, protocol, PROTOCOLS));
  });
  return errors;
}
