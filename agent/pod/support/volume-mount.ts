// Where and how a container sees a volume.
import type { V1VolumeMount } from '@kubernetes/client-node';
import { notYet, type Table } from './field.ts';

export const VOLUME_MOUNT: Table<V1VolumeMount> = {
  title: 'VolumeMount',
  rows: {
    mountPath: notYet(),
    mountPropagation: notYet(),
    name: notYet(),
    readOnly: notYet(),
    recursiveReadOnly: notYet(),
    subPath: notYet(),
    subPathExpr: notYet(),
  },
};
