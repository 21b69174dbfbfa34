// Original file: longshore/v1/fleet.proto


export interface PlacementObstacle {
  /**
   * "insufficient memory"
   */
  'text'?: (string);
  /**
   * The rule's name, as Kubernetes calls it: "NodeAffinity", "TaintToleration", "OutOfcpu" …
   */
  'rule'?: (string);
  /**
   * What could take it away: "never" (this is not the machine that the pod asks for), "time", "room".
   */
  'until'?: (string);
}

export interface PlacementObstacle__Output {
  /**
   * "insufficient memory"
   */
  'text': (string);
  /**
   * The rule's name, as Kubernetes calls it: "NodeAffinity", "TaintToleration", "OutOfcpu" …
   */
  'rule': (string);
  /**
   * What could take it away: "never" (this is not the machine that the pod asks for), "time", "room".
   */
  'until': (string);
}
