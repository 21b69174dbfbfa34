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
import { fields, refused, supported, type Table } from './field.ts';
import { LABEL_SELECTOR } from './label-selector.ts';
import { POD_CERTIFICATES } from './reasons.ts';
import { CHOSEN, DOWNWARD_API_FILE, KEY_TO_PATH } from './volume-source.ts';

const TOKEN = 'e2e/volumes: give a pod the token with which it talks to the API server';

const CLUSTER_TRUST_BUNDLE: Table<V1ClusterTrustBundleProjection> = {
  title: 'ClusterTrustBundleProjection',
  rows: {
    labelSelector: fields(LABEL_SELECTOR),
    name: supported(CHOSEN),
    optional: supported(CHOSEN),
    path: supported(CHOSEN),
    signerName: supported(CHOSEN),
  },
};

const CONFIG_MAP: Table<V1ConfigMapProjection> = {
  title: 'ConfigMapProjection',
  rows: {
    items: fields(KEY_TO_PATH),
    name: supported(CHOSEN),
    optional: supported(CHOSEN),
  },
};

const SECRET: Table<V1SecretProjection> = {
  title: 'SecretProjection',
  rows: {
    items: fields(KEY_TO_PATH),
    name: supported(CHOSEN),
    optional: supported(CHOSEN),
  },
};

const DOWNWARD_API: Table<V1DownwardAPIProjection> = {
  title: 'DownwardAPIProjection',
  rows: { items: fields(DOWNWARD_API_FILE) },
};

const SERVICE_ACCOUNT_TOKEN: Table<V1ServiceAccountTokenProjection> = {
  title: 'ServiceAccountTokenProjection',
  rows: {
    audience: supported(TOKEN),
    expirationSeconds: supported(TOKEN),
    path: supported(TOKEN),
  },
};

const PROJECTION: Table<V1VolumeProjection> = {
  title: 'VolumeProjection',
  rows: {
    clusterTrustBundle: fields(CLUSTER_TRUST_BUNDLE),
    configMap: fields(CONFIG_MAP),
    downwardAPI: fields(DOWNWARD_API),
    podCertificate: refused(POD_CERTIFICATES),
    secret: fields(SECRET),
    serviceAccountToken: fields(SERVICE_ACCOUNT_TOKEN),
  },
};

export const PROJECTED_VOLUME: Table<V1ProjectedVolumeSource> = {
  title: 'ProjectedVolumeSource',
  rows: {
    defaultMode: supported(CHOSEN),
    sources: fields(PROJECTION),
  },
};
