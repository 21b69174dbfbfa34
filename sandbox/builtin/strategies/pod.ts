// Pods: what the API server adds, refuses and keeps fixed. Defaults, validation and the rules for updates are in
// pod-defaults.ts, pod-validation.ts and pod-update.ts; graceful deletion in graceful-delete.ts.
import { ensureObject, objectsAt } from '../json.ts';
import { type KubeObject, timestamp } from '../kube-object.ts';
import { admitPod, admitTolerations } from '../pod-admission.ts';
import { defaultPod, qosClass } from '../pod-defaults.ts';
import { ephemeralContainers, ephemeralOnCreate, resize } from '../pod-parts.ts';
import { podStatusErrors } from '../pod-status-validation.ts';
import { podUpdateErrors } from '../pod-update.ts';
import { podErrors } from '../pod-validation.ts';
import type { KindStrategy, StrategyContext } from '../strategy.ts';

export const podStrategy: KindStrategy = {
  hasGeneration: true,
  returnsDeleted: true,
  prepareForCreate(pod, context) {
    pod['status'] = {};
    defaultPod(pod);
    admitPod(pod, context);
    defaultPod(pod);
    const conditions = gateConditions(pod, context);
    pod['status'] = { phase: 'Pending', qosClass: qosClass(pod), conditions };
  },
  setDefaults: defaultPod,
  prepareForUpdate(next) {
    defaultPod(next);
    admitTolerations(ensureObject(next, 'spec'));
  },
  validateStatus: podStatusErrors,
  parts: { ephemeralcontainers: ephemeralContainers, resize },
  validate: (pod) => [...podErrors(pod), ...ephemeralOnCreate(pod)],
  validateUpdate: podUpdateErrors,
};

/** A pod whose scheduling is held back says so from the start. */
function gateConditions(pod: KubeObject, { clock }: StrategyContext) {
  if (objectsAt(pod, 'spec', 'schedulingGates').length === 0) return [];
  return [
    {
      type: 'PodScheduled',
      status: 'False',
      reason: 'SchedulingGated',
      message: 'Scheduling is blocked due to non-empty scheduling gates',
      lastTransitionTime: timestamp(clock.now()),
    },
  ];
}
