// Where environment variables come from.
import type {
  V1ConfigMapEnvSource,
  V1ConfigMapKeySelector,
  V1EnvFromSource,
  V1EnvVar,
  V1EnvVarSource,
  V1FileKeySelector,
  V1ObjectFieldSelector,
  V1ResourceFieldSelector,
  V1SecretEnvSource,
  V1SecretKeySelector,
} from '@kubernetes/client-node';
import { fields, only, supported, type Table } from './field.ts';

const ENV =
  'integration/agent/runtime/pod-environment: see their environment, command and arguments filled in';

const OBJECTS =
  'integration/agent/runtime/pod-environment: see what ConfigMaps and Secrets say, once they are there';
const WHOLE_WAY = 'e2e/objects: are in the environment of its containers, by their keys and as a whole';

const CONFIG_MAP_KEY: Table<V1ConfigMapKeySelector> = {
  title: 'ConfigMapKeySelector',
  rows: {
    key: supported([OBJECTS, WHOLE_WAY]),
    name: supported([OBJECTS, WHOLE_WAY]),
    optional: supported(OBJECTS),
  },
};

const SECRET_KEY: Table<V1SecretKeySelector> = {
  title: 'SecretKeySelector',
  rows: {
    key: supported([OBJECTS, WHOLE_WAY]),
    name: supported([OBJECTS, WHOLE_WAY]),
    optional: supported(OBJECTS),
  },
};

const FILES =
  'integration/agent/runtime/pod-environment: take variables from a file that an earlier one has left';

const FILE_KEY: Table<V1FileKeySelector> = {
  title: 'FileKeySelector',
  rows: {
    key: supported(FILES),
    optional: supported(FILES),
    path: supported(FILES),
    volumeName: supported(FILES),
  },
};

export const OBJECT_FIELD: Table<V1ObjectFieldSelector> = {
  title: 'ObjectFieldSelector',
  rows: {
    apiVersion: supported(ENV, only('v1')),
    fieldPath: supported(ENV),
  },
};

export const RESOURCE_FIELD: Table<V1ResourceFieldSelector> = {
  title: 'ResourceFieldSelector',
  rows: {
    containerName: supported(ENV),
    divisor: supported(ENV),
    resource: supported(ENV),
  },
};

const ENV_VAR_SOURCE: Table<V1EnvVarSource> = {
  title: 'EnvVarSource',
  rows: {
    configMapKeyRef: fields(CONFIG_MAP_KEY),
    fieldRef: fields(OBJECT_FIELD),
    fileKeyRef: fields(FILE_KEY),
    resourceFieldRef: fields(RESOURCE_FIELD),
    secretKeyRef: fields(SECRET_KEY),
  },
};

export const ENV_VAR: Table<V1EnvVar> = {
  title: 'EnvVar',
  rows: {
    name: supported(ENV),
    value: supported(ENV),
    valueFrom: fields(ENV_VAR_SOURCE),
  },
};

const CONFIG_MAP_ENV: Table<V1ConfigMapEnvSource> = {
  title: 'ConfigMapEnvSource',
  rows: {
    name: supported(OBJECTS),
    optional: supported(OBJECTS),
  },
};

const SECRET_ENV: Table<V1SecretEnvSource> = {
  title: 'SecretEnvSource',
  rows: {
    name: supported(OBJECTS),
    optional: supported(OBJECTS),
  },
};

export const ENV_FROM_SOURCE: Table<V1EnvFromSource> = {
  title: 'EnvFromSource',
  rows: {
    configMapRef: fields(CONFIG_MAP_ENV),
    prefix: supported([OBJECTS, WHOLE_WAY]),
    secretRef: fields(SECRET_ENV),
  },
};
