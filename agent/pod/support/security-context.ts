// Who a pod's processes are and what they may do.
import type {
  V1AppArmorProfile,
  V1Capabilities,
  V1PodSecurityContext,
  V1SELinuxOptions,
  V1SeccompProfile,
  V1SecurityContext,
  V1Sysctl,
} from '@kubernetes/client-node';
import { fields, fieldsNotYet, noEffect, notYet, only, refused, supported, type Table } from './field.ts';
import { WINDOWS } from './reasons.ts';

const RIGHTS = 'integration/agent/runtime/pods: have the memory, the shares and the rights that they ask for';
const OPTIONS = 'unit/agent/pod/create-options: for a security context, the container’s before the pod’s';
const NON_ROOT = 'unit/agent/pod/security-options: asks nothing of a container that does not want it';
const VOLUMES_TO_OWN = 'a volume to which it would apply is made new for each pod';

const APP_ARMOR_PROFILE: Table<V1AppArmorProfile> = {
  title: 'AppArmorProfile',
  rows: {
    localhostProfile: notYet(),
    type: supported(OPTIONS, only('RuntimeDefault', 'Unconfined')),
  },
};

const SECCOMP_PROFILE: Table<V1SeccompProfile> = {
  title: 'SeccompProfile',
  rows: {
    localhostProfile: notYet(),
    type: supported(OPTIONS, only('RuntimeDefault', 'Unconfined')),
  },
};

const SE_LINUX_OPTIONS: Table<V1SELinuxOptions> = {
  title: 'SELinuxOptions',
  rows: {
    level: supported(OPTIONS),
    role: supported(OPTIONS),
    type: supported(OPTIONS),
    user: supported(OPTIONS),
  },
};

const CAPABILITIES: Table<V1Capabilities> = {
  title: 'Capabilities',
  rows: {
    add: supported(OPTIONS),
    drop: supported(RIGHTS),
  },
};

export const SECURITY_CONTEXT: Table<V1SecurityContext> = {
  title: 'SecurityContext',
  rows: {
    allowPrivilegeEscalation: supported(OPTIONS),
    appArmorProfile: fields(APP_ARMOR_PROFILE),
    capabilities: fields(CAPABILITIES),
    privileged: supported(OPTIONS),
    procMount: supported(OPTIONS, only('Default')),
    readOnlyRootFilesystem: supported(RIGHTS),
    runAsGroup: supported(RIGHTS),
    runAsNonRoot: supported(NON_ROOT),
    runAsUser: supported(RIGHTS),
    seLinuxOptions: fields(SE_LINUX_OPTIONS),
    seccompProfile: fields(SECCOMP_PROFILE),
    windowsOptions: refused(WINDOWS),
  },
};

const SYSCTL: Table<V1Sysctl> = {
  title: 'Sysctl',
  rows: {
    name: notYet(),
    value: notYet(),
  },
};

export const POD_SECURITY_CONTEXT: Table<V1PodSecurityContext> = {
  title: 'PodSecurityContext',
  rows: {
    appArmorProfile: fields(APP_ARMOR_PROFILE),
    fsGroup: supported(OPTIONS),
    fsGroupChangePolicy: noEffect(VOLUMES_TO_OWN),
    runAsGroup: supported(OPTIONS),
    runAsNonRoot: supported(NON_ROOT),
    runAsUser: supported(OPTIONS),
    seLinuxChangePolicy: noEffect(VOLUMES_TO_OWN),
    seLinuxOptions: fields(SE_LINUX_OPTIONS),
    seccompProfile: fields(SECCOMP_PROFILE),
    supplementalGroups: supported(OPTIONS),
    supplementalGroupsPolicy: supported(OPTIONS, only('Merge')),
    sysctls: fieldsNotYet(SYSCTL),
    windowsOptions: refused(WINDOWS),
  },
};
