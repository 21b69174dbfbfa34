// The kinds of volumes.
import type { V1Volume } from '@kubernetes/client-node';
import { fields, isSet, noEffect, refused, type Table } from './field.ts';
import { CSI, HUGE_PAGES, NETWORK_DISKS, REMOVED } from './reasons.ts';
import { PROJECTED_VOLUME } from './volume-projection.ts';
import {
  CONFIG_MAP_VOLUME,
  DOWNWARD_API_VOLUME,
  EMPTY_DIR_VOLUME,
  EPHEMERAL_VOLUME,
  HOST_PATH_VOLUME,
  IMAGE_VOLUME,
  NFS_VOLUME,
  PERSISTENT_VOLUME_CLAIM_VOLUME,
  SECRET_VOLUME,
} from './volume-source.ts';

/** Why a machine cannot have such a volume, naming its kind; undefined when it can, as far as that goes. */
export function volumeRefusal(volume: object): string | undefined {
  for (const [source, value] of Object.entries(volume)) {
    const row = Object.entries(VOLUME.rows).find(([field]) => field === source)?.[1];
    if (!row || !isSet(value)) continue;
    if (row.kind === 'refused') return `${source} not supported by this node: ${row.because}`;
    const medium = source === 'emptyDir' ? refusedMedium(value) : undefined;
    if (medium !== undefined) return `emptyDir of medium ${medium} not supported by this node: ${HUGE_PAGES}`;
  }
  return undefined;
}

function refusedMedium(emptyDir: unknown): string | undefined {
  const medium: unknown = typeof emptyDir === 'object' && emptyDir && 'medium' in emptyDir && emptyDir.medium;
  return typeof medium === 'string' && medium.startsWith('HugePages') ? medium : undefined;
}

export const VOLUME: Table<V1Volume> = {
  title: 'Volume',
  rows: {
    awsElasticBlockStore: refused(CSI),
    azureDisk: refused(CSI),
    azureFile: refused(CSI),
    cephfs: refused(REMOVED),
    cinder: refused(CSI),
    configMap: fields(CONFIG_MAP_VOLUME),
    csi: refused(CSI),
    downwardAPI: fields(DOWNWARD_API_VOLUME),
    emptyDir: fields(EMPTY_DIR_VOLUME),
    ephemeral: fields(EPHEMERAL_VOLUME),
    fc: refused(NETWORK_DISKS),
    flexVolume: refused(NETWORK_DISKS),
    flocker: refused(REMOVED),
    gcePersistentDisk: refused(CSI),
    gitRepo: refused(REMOVED),
    glusterfs: refused(REMOVED),
    hostPath: fields(HOST_PATH_VOLUME),
    image: fields(IMAGE_VOLUME),
    iscsi: refused(NETWORK_DISKS),
    name: noEffect('it joins the volume to its mounts'),
    nfs: fields(NFS_VOLUME),
    persistentVolumeClaim: fields(PERSISTENT_VOLUME_CLAIM_VOLUME),
    photonPersistentDisk: refused(REMOVED),
    portworxVolume: refused(CSI),
    projected: fields(PROJECTED_VOLUME),
    quobyte: refused(REMOVED),
    rbd: refused(REMOVED),
    scaleIO: refused(REMOVED),
    secret: fields(SECRET_VOLUME),
    storageos: refused(REMOVED),
    vsphereVolume: refused(CSI),
  },
};
