// The table of nodes.
import { objectAt, objectsAt, stringAt } from '../json.ts';
import type { JsonObject } from '../resource.ts';
import { AGE_COLUMN, ageOf, column, NAME_COLUMN, nameOf, type Printer, wideColumn } from './printer.ts';

export const nodes: Printer = {
  columns: [
    NAME_COLUMN,
    column('Status', 'Whether the node is ready, and whether pods may be scheduled to it.'),
    column('Roles', 'The roles its labels give it.'),
    AGE_COLUMN,
    column('Version', 'The version its kubelet reports.'),
    wideColumn('Internal-IP', 'Its address inside the cluster.'),
    wideColumn('External-IP', 'Its address outside the cluster.'),
    wideColumn('OS-Image', 'The operating system it reports.'),
    wideColumn('Kernel-Version', 'The kernel it reports.'),
    wideColumn('Container-Runtime', 'The container runtime it reports.'),
  ],
  cells: (node, now) => [
    nameOf(node),
    statusOf(node),
    rolesOf(node).join(',') || '<none>',
    ageOf(node, now),
    stringAt(node, 'status', 'nodeInfo', 'kubeletVersion') ?? '',
    addressOf(node, 'InternalIP'),
    addressOf(node, 'ExternalIP'),
    stringAt(node, 'status', 'nodeInfo', 'osImage') || '<unknown>',
    stringAt(node, 'status', 'nodeInfo', 'kernelVersion') || '<unknown>',
    stringAt(node, 'status', 'nodeInfo', 'containerRuntimeVersion') || '<unknown>',
  ],
};

const ROLE_PREFIX = 'node-role.kubernetes.io/';

function statusOf(node: JsonObject): string {
  const ready = objectsAt(node, 'status', 'conditions').findLast(
    (condition) => condition['type'] === 'Ready',
  );
  const readiness = ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady';
  return objectAt(node, 'spec')?.['unschedulable'] === true ? `${readiness},SchedulingDisabled` : readiness;
}

function rolesOf(node: JsonObject): string[] {
  const labels = Object.entries(objectAt(node, 'metadata', 'labels') ?? {});
  const roles = labels.map(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX)) return key.slice(ROLE_PREFIX.length);
    return key === 'kubernetes.io/role' ? String(value) : '';
  });
  return [...new Set(roles.filter((role) => role !== ''))].sort();
}

function addressOf(node: JsonObject, type: string): string {
  const address = objectsAt(node, 'status', 'addresses').find((candidate) => candidate['type'] === type);
  return address === undefined ? '<none>' : (stringAt(address, 'address') ?? '');
}
