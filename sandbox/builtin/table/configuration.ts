// The tables of what pods are configured with, and of the small kinds: namespaces, config maps, secrets, service
// accounts, leases, priority classes, disruption budgets, volumes.
import { at, numberAt, objectAt, stringAt, stringsAt } from '../json.ts';
import type { JsonObject } from '../resource.ts';
import { AGE_COLUMN, ageOf, column, NAME_COLUMN, nameOf, type Printer, wideColumn } from './printer.ts';

export const namespaces: Printer = {
  columns: [NAME_COLUMN, column('Status', 'Active or Terminating.'), AGE_COLUMN],
  cells: (object, now) => [nameOf(object), stringAt(object, 'status', 'phase') ?? '', ageOf(object, now)],
};

export const configMaps: Printer = {
  columns: [NAME_COLUMN, column('Data', 'How many keys it has.'), AGE_COLUMN],
  cells: (object, now) => [
    nameOf(object),
    keyCount(object, 'data') + keyCount(object, 'binaryData'),
    ageOf(object, now),
  ],
};

export const secrets: Printer = {
  columns: [
    NAME_COLUMN,
    column('Type', 'What the secret is for.'),
    column('Data', 'How many keys it has.'),
    AGE_COLUMN,
  ],
  cells: (object, now) => [
    nameOf(object),
    stringAt(object, 'type') ?? '',
    keyCount(object, 'data'),
    ageOf(object, now),
  ],
};

export const serviceAccounts: Printer = {
  columns: [NAME_COLUMN, AGE_COLUMN],
  cells: (object, now) => [nameOf(object), ageOf(object, now)],
};

export const leases: Printer = {
  columns: [NAME_COLUMN, column('Holder', 'Who holds it.'), AGE_COLUMN],
  cells: (object, now) => [
    nameOf(object),
    stringAt(object, 'spec', 'holderIdentity') ?? '',
    ageOf(object, now),
  ],
};

export const priorityClasses: Printer = {
  columns: [
    NAME_COLUMN,
    column('Value', 'The priority of its pods.', 'integer'),
    column('Global-Default', 'Whether pods that name no class get this one.', 'boolean'),
    AGE_COLUMN,
    column('PreemptionPolicy', 'Whether its pods may displace others.'),
  ],
  cells: (object, now) => [
    nameOf(object),
    numberAt(object, 'value') ?? 0,
    object['globalDefault'] === true,
    ageOf(object, now),
    stringAt(object, 'preemptionPolicy') ?? '',
  ],
};

export const disruptionBudgets: Printer = {
  columns: [
    NAME_COLUMN,
    column('Min Available', 'How many pods must stay available.'),
    column('Max Unavailable', 'How many pods may be unavailable.'),
    column('Allowed Disruptions', 'How many pods may be evicted now.', 'integer'),
    AGE_COLUMN,
  ],
  cells: (object, now) => [
    nameOf(object),
    numberOrText(at(object, 'spec', 'minAvailable')),
    numberOrText(at(object, 'spec', 'maxUnavailable')),
    numberAt(object, 'status', 'disruptionsAllowed') ?? 0,
    ageOf(object, now),
  ],
};

export const persistentVolumes: Printer = {
  columns: [
    NAME_COLUMN,
    column('Capacity', 'Its size.'),
    column('Access Modes', 'How it can be mounted.'),
    column('Reclaim Policy', 'What becomes of it when its claim goes.'),
    column('Status', 'Its phase.'),
    column('Claim', 'The claim it is bound to.'),
    column('StorageClass', 'Its storage class.'),
    column('VolumeAttributesClass', 'Its volume attributes class.'),
    column('Reason', 'Why it is in this phase.'),
    AGE_COLUMN,
    wideColumn('VolumeMode', 'File system or block.'),
  ],
  cells: (object, now) => [
    nameOf(object),
    stringAt(object, 'spec', 'capacity', 'storage') ?? '0',
    accessModes(stringsAt(object, 'spec', 'accessModes')),
    stringAt(object, 'spec', 'persistentVolumeReclaimPolicy') ?? '',
    phaseOf(object),
    claimOf(object),
    storageClassOf(object),
    stringAt(object, 'spec', 'volumeAttributesClassName') ?? '<unset>',
    stringAt(object, 'status', 'reason') ?? '',
    ageOf(object, now),
    stringAt(object, 'spec', 'volumeMode') ?? '<unset>',
  ],
};

export const persistentVolumeClaims: Printer = {
  columns: [
    NAME_COLUMN,
    column('Status', 'Its phase.'),
    column('Volume', 'The volume it is bound to.'),
    column('Capacity', "The volume's size."),
    column('Access Modes', 'How the volume can be mounted.'),
    column('StorageClass', 'Its storage class.'),
    column('VolumeAttributesClass', 'Its volume attributes class.'),
    AGE_COLUMN,
    wideColumn('VolumeMode', 'File system or block.'),
  ],
  cells: (object, now) => {
    const volume = stringAt(object, 'spec', 'volumeName') ?? '';
    return [
      nameOf(object),
      phaseOf(object),
      volume,
      volume === '' ? '' : (stringAt(object, 'status', 'capacity', 'storage') ?? '0'),
      volume === '' ? '' : accessModes(stringsAt(object, 'status', 'accessModes')),
      storageClassOf(object),
      stringAt(object, 'spec', 'volumeAttributesClassName') ?? '<unset>',
      ageOf(object, now),
      stringAt(object, 'spec', 'volumeMode') ?? '<unset>',
    ];
  },
};

const ACCESS_MODES = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
] as const;

function accessModes(modes: readonly string[]): string {
  return ACCESS_MODES.filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short)
    .join(',');
}

function claimOf(volume: JsonObject): string {
  const claim = objectAt(volume, 'spec', 'claimRef');
  return claim ? `${stringAt(claim, 'namespace') ?? ''}/${stringAt(claim, 'name') ?? ''}` : '';
}

function storageClassOf(object: JsonObject): string {
  const beta = at(object, 'metadata', 'annotations', 'volume.beta.kubernetes.io/storage-class');
  return typeof beta === 'string' ? beta : (stringAt(object, 'spec', 'storageClassName') ?? '');
}

function phaseOf(object: JsonObject): string {
  if (at(object, 'metadata', 'deletionTimestamp') !== undefined) return 'Terminating';
  return stringAt(object, 'status', 'phase') ?? '';
}

function keyCount(object: JsonObject, field: string): number {
  return Object.keys(objectAt(object, field) ?? {}).length;
}

function numberOrText(value: unknown): string {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : 'N/A';
}
