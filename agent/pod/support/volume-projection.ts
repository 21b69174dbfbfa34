// What a projected volume brings together.
import type {
  V1ClusterTrustBundleProjection,
  V1ConfigMapProjection,
  V1DownwardAPIProjection,
  V1ProjectedVolumeSource,
  V1SecretProjection,
  V1ServiceAccountTokenProjection,
  V1VolumeProjection,
} from '@kubernetes/client-node';
import { fields, fieldsNotYet, notYet, refused, type Table } from './field.ts';
import { POD_CERTIFICATES } from './reasons.ts';
import { DOWNWARD_API_FILE, KEY_TO_PATH } from './volume-source.ts';

const CLUSTER_TRUST_BUNDLE: Table<V1ClusterTrustBundleProjection> = {
  title: 'ClusterTrustBundleProjection',
  rows: {
    labelSelector: notYet(),
    name: notYet(),
    optional: notYet(),
    path: notYet(),
    signerName: notYet(),
  },
};

const CONFIG_MAP: Table<V1ConfigMapProjection> = {
  title: 'ConfigMapProjection',
  rows: {
    items: fields(KEY_TO_PATH),
    name: notYet(),
    optional: notYet(),
  },
};

const SECRET: Table<V1SecretProjection> = {
  title: 'SecretProjection',
  rows: {
    items: fields(KEY_TO_PATH),
    name: notYet(),
    optional: notYet(),
  },
};

const DOWNWARD_API: Table<V1DownwardAPIProjection> = {
  title: 'DownwardAPIProjection',
  rows: { items: fields(DOWNWARD_API_FILE) },
};

const SERVICE_ACCOUNT_TOKEN: Table<V1ServiceAccountTokenProjection> = {
  title: 'ServiceAccountTokenProjection',
  rows: {
    audience: notYet(),
    expirationSeconds: notYet(),
    path: notYet(),
  },
};

const PROJECTION: Table<V1VolumeProjection> = {
  title: 'VolumeProjection',
  rows: {
    clusterTrustBundle: fieldsNotYet(CLUSTER_TRUST_BUNDLE),
    configMap: fieldsNotYet(CONFIG_MAP),
    downwardAPI: fieldsNotYet(DOWNWARD_API),
    podCertificate: refused(POD_CERTIFICATES),
    secret: fieldsNotYet(SECRET),
    serviceAccountToken: fieldsNotYet(SERVICE_ACCOUNT_TOKEN),
  },
};

export const PROJECTED_VOLUME: Table<V1ProjectedVolumeSource> = {
  title: 'ProjectedVolumeSource',
  rows: {
    defaultMode: notYet(),
    sources: fields(PROJECTION),
  },
};
