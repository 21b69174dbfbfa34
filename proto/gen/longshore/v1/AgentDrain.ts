// Original file: longshore/v1/fleet.proto


export interface AgentDrain {
  /**
   * 0: the pods' own.
   */
  'gracePeriodSeconds'?: (number);
  /**
   * Pods without a controller leave too.
   */
  'force'?: (boolean);
  /**
   * Pods with an emptyDir leave too.
   */
  'deleteEmptydirData'?: (boolean);
  /**
   * Pods of DaemonSets stay.
   */
  'ignoreDaemonsets'?: (boolean);
}

export interface AgentDrain__Output {
  /**
   * 0: the pods' own.
   */
  'gracePeriodSeconds': (number);
  /**
   * Pods without a controller leave too.
   */
  'force': (boolean);
  /**
   * Pods with an emptyDir leave too.
   */
  'deleteEmptydirData': (boolean);
  /**
   * Pods of DaemonSets stay.
   */
  'ignoreDaemonsets': (boolean);
}
