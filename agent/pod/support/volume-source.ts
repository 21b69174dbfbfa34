// What each kind of volume may ask for; projected ones are in volume-projection.ts.
import type {
  V1ConfigMapVolumeSource,
  V1DownwardAPIVolumeFile,
  V1DownwardAPIVolumeSource,
  V1EmptyDirVolumeSource,
  V1HostPathVolumeSource,
  V1ImageVolumeSource,
  V1KeyToPath,
  V1NFSVolumeSource,
  V1PersistentVolumeClaimVolumeSource,
  V1SecretVolumeSource,
} from '@kubernetes/client-node';
import { OBJECT_FIELD, RESOURCE_FIELD } from './env.ts';
import { fields, notYet, only, supported, type Table } from './field.ts';

export const KEY_TO_PATH: Table<V1KeyToPath> = {
  title: 'KeyToPath',
  rows: {
    key: notYet(),
    mode: notYet(),
    path: notYet(),
  },
};

export const CONFIG_MAP_VOLUME: Table<V1ConfigMapVolumeSource> = {
  title: 'ConfigMapVolumeSource',
  rows: {
    defaultMode: notYet(),
    items: fields(KEY_TO_PATH),
    name: notYet(),
    optional: notYet(),
  },
};

export const SECRET_VOLUME: Table<V1SecretVolumeSource> = {
  title: 'SecretVolumeSource',
  rows: {
    defaultMode: notYet(),
    items: fields(KEY_TO_PATH),
    optional: notYet(),
    secretName: notYet(),
  },
};

export const DOWNWARD_API_FILE: Table<V1DownwardAPIVolumeFile> = {
  title: 'DownwardAPIVolumeFile',
  rows: {
    fieldRef: fields(OBJECT_FIELD),
    mode: notYet(),
    path: notYet(),
    resourceFieldRef: fields(RESOURCE_FIELD),
  },
};

export const DOWNWARD_API_VOLUME: Table<V1DownwardAPIVolumeSource> = {
  title: 'DownwardAPIVolumeSource',
  rows: {
    defaultMode: notYet(),
    items: fields(DOWNWARD_API_FILE),
  },
};

export const EMPTY_DIR_VOLUME: Table<V1EmptyDirVolumeSource> = {
  title: 'EmptyDirVolumeSource',
  rows: {
    medium: supported(
      'integration/agent/runtime/pod-volumes: have an emptyDir in memory, as large as they may make it',
      only('', 'Memory'),
    ),
    sizeLimit: notYet(),
  },
};

export const HOST_PATH_VOLUME: Table<V1HostPathVolumeSource> = {
  title: 'HostPathVolumeSource',
  rows: {
    path: supported(
      'integration/agent/runtime/pod-volumes: see the machine’s own files, and leave them alone',
    ),
    type: supported(
      'integration/agent/volumes/volumes: of each type passes what is of it, and makes what it says',
    ),
  },
};

export const IMAGE_VOLUME: Table<V1ImageVolumeSource> = {
  title: 'ImageVolumeSource',
  rows: {
    pullPolicy: notYet(),
    reference: notYet(),
  },
};

export const NFS_VOLUME: Table<V1NFSVolumeSource> = {
  title: 'NFSVolumeSource',
  rows: {
    path: notYet(),
    readOnly: notYet(),
    server: notYet(),
  },
};

export const PERSISTENT_VOLUME_CLAIM_VOLUME: Table<V1PersistentVolumeClaimVolumeSource> = {
  title: 'PersistentVolumeClaimVolumeSource',
  rows: {
    claimName: notYet(),
    readOnly: notYet(),
  },
};
