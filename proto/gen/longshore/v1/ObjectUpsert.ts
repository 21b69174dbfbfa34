// Original file: longshore/v1/session.proto

import type { ObjectFound as _longshore_v1_ObjectFound, ObjectFound__Output as _longshore_v1_ObjectFound__Output } from '../../longshore/v1/ObjectFound.ts';
import type { ObjectAbsent as _longshore_v1_ObjectAbsent, ObjectAbsent__Output as _longshore_v1_ObjectAbsent__Output } from '../../longshore/v1/ObjectAbsent.ts';
import type { ObjectKept as _longshore_v1_ObjectKept, ObjectKept__Output as _longshore_v1_ObjectKept__Output } from '../../longshore/v1/ObjectKept.ts';

/**
 * Something that pods of this agent refer to, as it is now. The key says what:
 * configmaps/<namespace>/<name>, secrets/<namespace>/<name>
 * services/<namespace>   environment variables of the namespace's Services and of default/kubernetes
 * services/              those of default/kubernetes alone (enableServiceLinks: false)
 * tokens/<pod uid>/<expirationSeconds>/<audience>   of the pod's ServiceAccount, bound to the pod
 * persistentvolumeclaims/<namespace>/<name>   with the volume that it is bound to
 * runtimeclasses/<name>
 * clustertrustbundles/name/<name>, clustertrustbundles/signer/<signerName>/<label selector>
 * A key of an unknown kind is ignored. At most 2 KiB.
 */
export interface ObjectUpsert {
  'key'?: (string);
  'found'?: (_longshore_v1_ObjectFound | null);
  /**
   * The API server has no such object.
   */
  'absent'?: (_longshore_v1_ObjectAbsent | null);
  /**
   * The agent keeps what it holds: that is current, or the controller does not know (yet).
   */
  'kept'?: (_longshore_v1_ObjectKept | null);
  'state'?: "found"|"absent"|"kept";
}

/**
 * Something that pods of this agent refer to, as it is now. The key says what:
 * configmaps/<namespace>/<name>, secrets/<namespace>/<name>
 * services/<namespace>   environment variables of the namespace's Services and of default/kubernetes
 * services/              those of default/kubernetes alone (enableServiceLinks: false)
 * tokens/<pod uid>/<expirationSeconds>/<audience>   of the pod's ServiceAccount, bound to the pod
 * persistentvolumeclaims/<namespace>/<name>   with the volume that it is bound to
 * runtimeclasses/<name>
 * clustertrustbundles/name/<name>, clustertrustbundles/signer/<signerName>/<label selector>
 * A key of an unknown kind is ignored. At most 2 KiB.
 */
export interface ObjectUpsert__Output {
  'key': (string);
  'found'?: (_longshore_v1_ObjectFound__Output | null);
  /**
   * The API server has no such object.
   */
  'absent'?: (_longshore_v1_ObjectAbsent__Output | null);
  /**
   * The agent keeps what it holds: that is current, or the controller does not know (yet).
   */
  'kept'?: (_longshore_v1_ObjectKept__Output | null);
  'state'?: "found"|"absent"|"kept";
}
