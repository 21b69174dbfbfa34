// What each kind of volume may ask for; projected ones are in volume-projection.ts.
import type {
  V1ConfigMapVolumeSource,
  V1DownwardAPIVolumeFile,
  V1DownwardAPIVolumeSource,
  V1EmptyDirVolumeSource,
  V1EphemeralVolumeSource,
  V1HostPathVolumeSource,
  V1ImageVolumeSource,
  V1KeyToPath,
  V1NFSVolumeSource,
  V1PersistentVolumeClaimVolumeSource,
  V1SecretVolumeSource,
} from '@kubernetes/client-node';
import { OBJECT_FIELD, RESOURCE_FIELD } from './env.ts';
import { fields, noEffect, only, supported, supportedUnrun, type Table } from './field.ts';

export const CHOSEN =
  'integration/agent/runtime/pod-volumes: see files by the names and modes that were chosen, of certificates and of themselves too';
const COMES_AND_GOES = 'e2e/volumes: of a ConfigMap that may be missing come and go with it';
const FOLLOWED = 'e2e/volumes: follow their ConfigMap, file by file, all at once';
const MISSING = 'e2e/volumes: of a Secret that is missing wait for it, and start by themselves';
const CLAIM = 'e2e/volumes: of a claim wait until it is bound, and keep what they hold';
const IMAGE =
  'integration/agent/runtime/pod-image-volumes: see what an image holds, once for all pods, and cannot change it';
const NFS = 'unit/agent/volumes/nfs-volume: is mounted as mount(8) takes it, once';

export const KEY_TO_PATH: Table<V1KeyToPath> = {
  title: 'KeyToPath',
  rows: {
    key: supported(CHOSEN),
    mode: supported(CHOSEN),
    path: supported(CHOSEN),
  },
};

export const CONFIG_MAP_VOLUME: Table<V1ConfigMapVolumeSource> = {
  title: 'ConfigMapVolumeSource',
  rows: {
    defaultMode: supported(CHOSEN),
    items: fields(KEY_TO_PATH),
    name: supported([FOLLOWED, CHOSEN]),
    optional: supported(COMES_AND_GOES),
  },
};

export const SECRET_VOLUME: Table<V1SecretVolumeSource> = {
  title: 'SecretVolumeSource',
  rows: {
    defaultMode: supported(CHOSEN),
    items: fields(KEY_TO_PATH),
    optional: supported(CHOSEN),
    secretName: supported([MISSING, CHOSEN]),
  },
};

export const DOWNWARD_API_FILE: Table<V1DownwardAPIVolumeFile> = {
  title: 'DownwardAPIVolumeFile',
  rows: {
    fieldRef: fields(OBJECT_FIELD),
    mode: supported(CHOSEN),
    path: supported(CHOSEN),
    resourceFieldRef: fields(RESOURCE_FIELD),
  },
};

export const DOWNWARD_API_VOLUME: Table<V1DownwardAPIVolumeSource> = {
  title: 'DownwardAPIVolumeSource',
  rows: {
    defaultMode: supported(CHOSEN),
    items: fields(DOWNWARD_API_FILE),
  },
};

export const EMPTY_DIR_VOLUME: Table<V1EmptyDirVolumeSource> = {
  title: 'EmptyDirVolumeSource',
  rows: {
    medium: supported(
      'integration/agent/runtime/pod-empty-dirs: have an emptyDir in memory, as large as they may make it',
      only('', 'Memory'),
    ),
    sizeLimit: supported(
      'integration/agent/runtime/pod-empty-dirs: are evicted with their pod when an emptyDir, or what they write themselves, grows too large',
    ),
  },
};

export const EPHEMERAL_VOLUME: Table<V1EphemeralVolumeSource> = {
  title: 'EphemeralVolumeSource',
  rows: {
    volumeClaimTemplate: noEffect(
      'the cluster makes the pod’s claim from it; the node mounts what that is bound to',
    ),
  },
};

export const HOST_PATH_VOLUME: Table<V1HostPathVolumeSource> = {
  title: 'HostPathVolumeSource',
  rows: {
    path: supported(
      'integration/agent/runtime/pod-volumes: see the machine’s own files, and leave them alone',
    ),
    type: supported([
      'e2e/volumes: that cannot be had keep the pod waiting with FailedMount, until they can',
      'integration/agent/volumes/volumes: of each type passes what is of it, and makes what it says',
    ]),
  },
};

export const IMAGE_VOLUME: Table<V1ImageVolumeSource> = {
  title: 'ImageVolumeSource',
  rows: {
    pullPolicy: supported(IMAGE),
    reference: supported(IMAGE),
  },
};

export const NFS_VOLUME: Table<V1NFSVolumeSource> = {
  title: 'NFSVolumeSource',
  rows: {
    path: supportedUnrun(NFS, 'NFS server'),
    readOnly: supportedUnrun(NFS, 'NFS server'),
    server: supportedUnrun(NFS, 'NFS server'),
  },
};

export const PERSISTENT_VOLUME_CLAIM_VOLUME: Table<V1PersistentVolumeClaimVolumeSource> = {
  title: 'PersistentVolumeClaimVolumeSource',
  rows: {
    claimName: supported(CLAIM),
    readOnly: supported(
      'integration/agent/runtime/pod-volumes: cannot write to a claim that is mounted read-only',
    ),
  },
};
