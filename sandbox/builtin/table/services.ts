// The tables of services and endpoints.
import { numberAt, objectAt, objectsAt, stringAt, stringsAt } from '../json.ts';
import type { JsonObject } from '../resource.ts';
import { AGE_COLUMN, ageOf, column, NAME_COLUMN, nameOf, type Printer, wideColumn } from './printer.ts';

export const services: Printer = {
  columns: [
    NAME_COLUMN,
    column('Type', 'How the service is exposed.'),
    column('Cluster-IP', 'Its virtual address in the cluster.'),
    column('External-IP', 'The addresses it can be reached at from outside.'),
    column('Port(s)', 'Its ports, with their node ports.'),
    AGE_COLUMN,
    wideColumn('Selector', 'The labels of the pods it sends traffic to.'),
  ],
  cells: (service, now) => [
    nameOf(service),
    stringAt(service, 'spec', 'type') ?? '',
    stringsAt(service, 'spec', 'clusterIPs')[0] ?? '<none>',
    externalIp(service),
    objectsAt(service, 'spec', 'ports').map(portText).join(',') || '<none>',
    ageOf(service, now),
    labelsText(objectAt(service, 'spec', 'selector')),
  ],
};

export const endpoints: Printer = {
  columns: [NAME_COLUMN, column('Endpoints', 'Addresses and ports of the pods behind it.'), AGE_COLUMN],
  cells: (object, now) => [nameOf(object), endpointsText(object), ageOf(object, now)],
};

function externalIp(service: JsonObject): string {
  const external = stringsAt(service, 'spec', 'externalIPs');
  switch (stringAt(service, 'spec', 'type')) {
    case 'ClusterIP':
    case 'NodePort':
      return external.join(',') || '<none>';
    case 'LoadBalancer':
      return [...balancerAddresses(service), ...external].join(',') || '<pending>';
    case 'ExternalName':
      return stringAt(service, 'spec', 'externalName') ?? '';
    default:
      return '<unknown>';
  }
}

function balancerAddresses(service: JsonObject): string[] {
  const ingress = objectsAt(service, 'status', 'loadBalancer', 'ingress');
  const addresses = ingress.map((entry) => stringAt(entry, 'ip') || (stringAt(entry, 'hostname') ?? ''));
  return [...new Set(addresses.filter((address) => address !== ''))].sort();
}

function portText(port: JsonObject): string {
  const nodePort = numberAt(port, 'nodePort') ?? 0;
  const protocol = stringAt(port, 'protocol') ?? '';
  const number = numberAt(port, 'port') ?? 0;
  return nodePort > 0 ? `${number}:${nodePort}/${protocol}` : `${number}/${protocol}`;
}

function labelsText(labels: JsonObject | undefined): string {
  const entries = Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, value]) => `${key}=${value}`).join(',') || '<none>';
}

const SHOWN_ENDPOINTS = 3;

function endpointsText(object: JsonObject): string {
  const subsets = objectsAt(object, 'subsets');
  if (subsets.length === 0) return '<none>';
  const all = subsets.flatMap((subset) => {
    const addresses = objectsAt(subset, 'addresses').map((address) => stringAt(address, 'ip') ?? '');
    const ports = objectsAt(subset, 'ports').map((port) => numberAt(port, 'port') ?? 0);
    return ports.length === 0
      ? addresses
      : ports.flatMap((port) => addresses.map((ip) => hostPort(ip, port)));
  });
  const shown = all.slice(0, SHOWN_ENDPOINTS).join(',');
  return all.length > SHOWN_ENDPOINTS ? `${shown} + ${all.length - SHOWN_ENDPOINTS} more...` : shown;
}

function hostPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
