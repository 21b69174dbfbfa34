// The seam to whoever keeps the virtual node's object (kube/): it is told that something changed and reads the whole.
import type { NodeFleet } from '../model/node-object.ts';

export interface NodeSink {
  /** What `NodeSource.fleet()` returns may differ from before. Cheap and never blocking: the sink coalesces. */
  changed(): void;
}

export interface NodeSource {
  /** What the node shall show of the fleet; undefined until pods and agents have been listed once. */
  fleet(): NodeFleet | undefined;
}
