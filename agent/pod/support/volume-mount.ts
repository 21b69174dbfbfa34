// Where and how a container sees a volume.
import type { V1VolumeMount } from '@kubernetes/client-node';
import { supported, supportedUnrun, type Table } from './field.ts';

const SHARED =
  'integration/agent/runtime/pod-empty-dirs: share an emptyDir, and keep it when they start again';
const PARTS = 'integration/agent/runtime/pod-volumes: see a part of a volume, named by their environment too';

export const VOLUME_MOUNT: Table<V1VolumeMount> = {
  title: 'VolumeMount',
  rows: {
    mountPath: supported(SHARED),
    mountPropagation: supported(
      'integration/agent/runtime/pod-volumes: see what is mounted on the machine later, and mount for others, as asked',
    ),
    name: supported(SHARED),
    readOnly: supported('integration/agent/runtime/pod-volumes: cannot write where their mount is read-only'),
    recursiveReadOnly: supportedUnrun(
      'unit/agent/pod/volume-mounts: are read-only with all below where asked',
      'recursive read-only mounts',
    ),
    subPath: supported(PARTS),
    subPathExpr: supported(PARTS),
  },
};
