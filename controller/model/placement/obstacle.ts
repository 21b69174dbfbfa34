// What keeps a pod off an agent, worded so that equal reasons of many agents can be counted together.

export interface Obstacle {
  readonly text: string;
  /**
   * What could take it away: `never` (this is not the machine the pod asks for), `time` (the machine does not take pods
   * just now), `room` (other pods are in the way).
   */
  readonly until: 'never' | 'time' | 'room';
  /** The rule behind it as Kubernetes calls it: the reason of a pod that is rejected for it. */
  readonly rule: string;
}

/** Pods take up what is wanted; nothing else about them matters. */
export function isShortage(rule: string): boolean {
  return rule.startsWith('OutOf') || rule === 'NodePorts';
}

export const never = (rule: string, text: string): Obstacle => ({ rule, text, until: 'never' });
export const forNow = (rule: string, text: string): Obstacle => ({ rule, text, until: 'time' });
export const forRoom = (rule: string, text: string): Obstacle => ({ rule, text, until: 'room' });
