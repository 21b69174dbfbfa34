// What a pod may ask for. The tables of what hangs below are in the other files of this folder.
import type {
  V1HostAlias,
  V1LocalObjectReference,
  V1PodDNSConfig,
  V1PodDNSConfigOption,
  V1PodOS,
  V1PodReadinessGate,
  V1PodSpec,
} from '@kubernetes/client-node';
import { AFFINITY, TOLERATION } from './affinity.ts';
import { CONTAINER } from './container.ts';
import { EPHEMERAL_CONTAINER } from './ephemeral-container.ts';
import { fields, noEffect, only, orFails, refused, supported, type Table } from './field.ts';
import { TOPOLOGY_SPREAD_CONSTRAINT } from './pod-affinity.ts';
import { API_SERVER, RESOURCE_CLAIMS, SCHEDULING, USER_NAMESPACES } from './reasons.ts';
import { POD_RESOURCES } from './resources.ts';
import { POD_SECURITY_CONTEXT, TURNED_AWAY } from './security-context.ts';
import { VOLUME } from './volume.ts';

const PLACED = 'e2e/pods: binds by the scheduler, places by affinity, runs in Docker';
const ENDS = 'e2e/pods: comes to Succeeded and Failed, and starts neither again';
const CRASHES = 'e2e/pods: restarts what crashes, with back-off, and keeps the last two logs';
const ON_FAILURE = 'e2e/real/workloads: with OnFailure restarts its container in the same pod';
const SHARED =
  'integration/agent/runtime/pods: share the network, the hostname and, when asked, the processes of their pod';
const NAMES = 'integration/agent/runtime/pod-names: have a managed hosts file and the cluster’s DNS';
const OWN_DNS = 'integration/agent/runtime/pod-names: ask whom they say, and nobody else';
const FULL_NAME =
  'integration/agent/runtime/pod-names: see their full name as hostname where they ask for it';
const PREEMPTS =
  'e2e/placement: ends a pod of lower priority for one of higher that fits on no machine, unless that preempts nobody';
const HOST =
  'integration/agent/runtime/pod-names: in the host’s namespaces are called as it is, and share them';

const DNS_CONFIG_OPTION: Table<V1PodDNSConfigOption> = {
  title: 'PodDNSConfigOption',
  rows: {
    name: supported(OWN_DNS),
    value: supported(OWN_DNS),
  },
};

const DNS_CONFIG: Table<V1PodDNSConfig> = {
  title: 'PodDNSConfig',
  rows: {
    nameservers: supported(OWN_DNS),
    options: fields(DNS_CONFIG_OPTION),
    searches: supported(OWN_DNS),
  },
};

const HOST_ALIAS: Table<V1HostAlias> = {
  title: 'HostAlias',
  rows: {
    hostnames: supported(NAMES),
    ip: supported(NAMES),
  },
};

const LOCAL_OBJECT_REFERENCE: Table<V1LocalObjectReference> = {
  title: 'LocalObjectReference',
  rows: {
    name: supported(
      'e2e/machine: images of private registries come with the pod’s pull secrets, and with its ServiceAccount’s',
    ),
  },
};

const OS: Table<V1PodOS> = {
  title: 'PodOS',
  rows: {
    name: supported(TURNED_AWAY, orFails('PodOSNotSupported', 'linux')),
  },
};

const READINESS_GATE: Table<V1PodReadinessGate> = {
  title: 'PodReadinessGate',
  rows: {
    conditionType: supported(
      'e2e/lifecycle: is ready only by the word of its readiness gate’s writer, which nobody else touches',
    ),
  },
};

export const POD_SPEC: Table<V1PodSpec> = {
  title: 'PodSpec',
  rows: {
    activeDeadlineSeconds: supported(
      'integration/agent/runtime/pods: fail when the time that they are given is over',
    ),
    affinity: fields(AFFINITY),
    automountServiceAccountToken: noEffect(API_SERVER),
    containers: fields(CONTAINER),
    dnsConfig: fields(DNS_CONFIG),
    dnsPolicy: supported(
      [
        NAMES,
        HOST,
        'integration/agent/runtime/pod-names: ask whom their machine asks by policy Default, and what they add',
        OWN_DNS,
      ],
      only('ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'),
    ),
    enableServiceLinks: supported([
      'integration/agent/runtime/pod-environment: are told of Services',
      'e2e/objects: tell of Services of their namespace, and of the API server even without links',
    ]),
    ephemeralContainers: fields(EPHEMERAL_CONTAINER),
    hostAliases: fields(HOST_ALIAS),
    hostIPC: supported(HOST),
    hostNetwork: supported(HOST),
    hostPID: supported(HOST),
    hostUsers: refused(USER_NAMESPACES, { unless: true }),
    hostname: supported(SHARED),
    hostnameOverride: supported('integration/agent/runtime/pod-names: see the override of their hostname'),
    imagePullSecrets: fields(LOCAL_OBJECT_REFERENCE),
    initContainers: fields(CONTAINER),
    nodeName: supported(PLACED),
    nodeSelector: supported(
      'e2e/placement: pins by agent, by architecture, by zone, and by both on one machine',
    ),
    os: fields(OS),
    overhead: supported(
      'e2e/real/workloads: a pod is charged the overhead of its RuntimeClass, by its machine too',
    ),
    preemptionPolicy: supported(PREEMPTS),
    priority: supported(PREEMPTS),
    priorityClassName: noEffect(API_SERVER),
    readinessGates: fields(READINESS_GATE),
    resourceClaims: refused(RESOURCE_CLAIMS),
    resources: fields(POD_RESOURCES),
    restartPolicy: supported([ENDS, CRASHES, ON_FAILURE], only('Always', 'OnFailure', 'Never')),
    runtimeClassName: supported(
      'integration/agent/runtime/pods: are run by the runtime of their RuntimeClass, once it is there and Docker knows it',
    ),
    schedulerName: noEffect(SCHEDULING),
    schedulingGates: noEffect(SCHEDULING),
    schedulingGroup: noEffect(SCHEDULING),
    securityContext: fields(POD_SECURITY_CONTEXT),
    serviceAccount: noEffect(API_SERVER),
    serviceAccountName: supported('e2e/volumes: give a pod the token with which it talks to the API server'),
    setHostnameAsFQDN: supported(FULL_NAME),
    shareProcessNamespace: supported(SHARED),
    subdomain: supported(NAMES),
    terminationGracePeriodSeconds: supported([
      'e2e/pods: keeps a deleted pod until its containers are gone, then removes it',
      'integration/agent/runtime/pods: stop within their grace, and are gone only then',
    ]),
    tolerations: fields(TOLERATION),
    topologySpreadConstraints: fields(TOPOLOGY_SPREAD_CONSTRAINT),
    volumes: fields(VOLUME),
  },
};
