// Why a field means nothing to a node, or cannot be had on one that runs pods with Docker.

export const SCHEDULING = 'the scheduler acts on it, before the pod is bound to the node';
export const API_SERVER = 'the API server acts on it, when the pod is made';
export const NOT_THERE = 'the API server accepts none on such a container';
export const INFORMATION = 'it is for people and other programs to read';

export const BLOCK_VOLUMES =
  'a machine has no volumes of a cluster’s storage to give to a container as a device';
export const CSI = 'machines run no CSI drivers';
export const REMOVED = 'its plug-in is no longer part of Kubernetes';
export const WINDOWS = 'machines run Linux';
export const NETWORK_DISKS =
  'agents attach no disks over a network; use nfs, or mount the disk on the machine and use hostPath';
export const RESOURCE_CLAIMS = 'machines run no drivers of dynamic resource allocation';
export const USER_NAMESPACES = 'Docker maps users for all containers of a machine alike, not for one pod';
export const POD_CERTIFICATES =
  'a pod certificate is signed for a key that the node makes, which agents do not do';
export const HUGE_PAGES = 'Docker gives no huge pages to a container';
