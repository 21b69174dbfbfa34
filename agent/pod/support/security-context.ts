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
import { fields, noEffect, orFails, refused, supported, supportedUnrun, type Table } from './field.ts';
import { WINDOWS } from './reasons.ts';

const USERS = 'integration/agent/runtime/pod-rights: are of the users and groups that are asked for';
const CAPABLE = 'integration/agent/runtime/pod-rights: have the capabilities that are left to them';
const SECCOMP =
  'integration/agent/runtime/pod-rights: are under the seccomp profile of their machine that they name';
const DEFAULT_SECCOMP =
  'integration/agent/runtime/pod-rights: are under Docker’s seccomp profile where they ask for it, and under none otherwise';
const SYSCTLS = 'integration/agent/runtime/pod-rights: live under their pod’s sysctls';
const READ_ONLY = 'integration/agent/runtime/pod-rights: cannot write where the root is read-only';
const PRIVILEGED =
  'integration/agent/privileged: mounts, sees all devices, writes to /sys and is held by no seccomp profile, unlike its neighbour';
const NO_NEW = 'integration/agent/runtime/pod-rights: gain no privileges where that is forbidden';
const PROC = 'integration/agent/runtime/pod-rights: see all of /proc where they ask for it';
const LABELS =
  'unit/agent/pod/security-options: puts them under the AppArmor and SELinux labels that they name';
const NON_ROOT = 'integration/agent/runtime/pod-rights: do not start as root where that is forbidden';
export const TURNED_AWAY =
  'integration/agent/runtime/pod-rights: are not started where the machine cannot have their pod as it is: that has failed';
const VOLUMES_TO_OWN = 'a volume to which it would apply is made new for each pod';

const APP_ARMOR_PROFILE: Table<V1AppArmorProfile> = {
  title: 'AppArmorProfile',
  rows: {
    localhostProfile: supportedUnrun(LABELS, 'AppArmor'),
    type: supportedUnrun(LABELS, 'AppArmor'),
  },
};

const SECCOMP_PROFILE: Table<V1SeccompProfile> = {
  title: 'SeccompProfile',
  rows: {
    localhostProfile: supported(SECCOMP),
    type: supported([SECCOMP, DEFAULT_SECCOMP]),
  },
};

const SE_LINUX_OPTIONS: Table<V1SELinuxOptions> = {
  title: 'SELinuxOptions',
  rows: {
    level: supportedUnrun(LABELS, 'SELinux'),
    role: supportedUnrun(LABELS, 'SELinux'),
    type: supportedUnrun(LABELS, 'SELinux'),
    user: supportedUnrun(LABELS, 'SELinux'),
  },
};

const CAPABILITIES: Table<V1Capabilities> = {
  title: 'Capabilities',
  rows: {
    add: supported(CAPABLE),
    drop: supported(CAPABLE),
  },
};

export const SECURITY_CONTEXT: Table<V1SecurityContext> = {
  title: 'SecurityContext',
  rows: {
    allowPrivilegeEscalation: supported(NO_NEW),
    appArmorProfile: fields(APP_ARMOR_PROFILE),
    capabilities: fields(CAPABILITIES),
    privileged: supported(PRIVILEGED),
    procMount: supported(PROC),
    readOnlyRootFilesystem: supported(READ_ONLY),
    runAsGroup: supported(USERS),
    runAsNonRoot: supported(NON_ROOT),
    runAsUser: supported(USERS),
    seLinuxOptions: fields(SE_LINUX_OPTIONS),
    seccompProfile: fields(SECCOMP_PROFILE),
    windowsOptions: refused(WINDOWS),
  },
};

const SYSCTL: Table<V1Sysctl> = {
  title: 'Sysctl',
  rows: {
    name: supported(SYSCTLS),
    value: supported(SYSCTLS),
  },
};

export const POD_SECURITY_CONTEXT: Table<V1PodSecurityContext> = {
  title: 'PodSecurityContext',
  rows: {
    appArmorProfile: fields(APP_ARMOR_PROFILE),
    fsGroup: supported([
      USERS,
      'integration/agent/runtime/pod-empty-dirs: share an emptyDir, and keep it when they start again',
    ]),
    fsGroupChangePolicy: supported(
      'integration/agent/runtime/pod-volumes: see a claim that has come to belong to the group of their pod, all of it or where it does not yet',
    ),
    runAsGroup: supported(USERS),
    runAsNonRoot: supported(NON_ROOT),
    runAsUser: supported(USERS),
    seLinuxChangePolicy: noEffect(VOLUMES_TO_OWN),
    seLinuxOptions: fields(SE_LINUX_OPTIONS),
    seccompProfile: fields(SECCOMP_PROFILE),
    supplementalGroups: supported(USERS),
    supplementalGroupsPolicy: supported(
      TURNED_AWAY,
      orFails('SupplementalGroupsPolicyNotSupported', 'Merge'),
    ),
    sysctls: fields(SYSCTL),
    windowsOptions: refused(WINDOWS),
  },
};
