// A local copy of Nodes: of one by its name, or of all that show an agent. Whoever keeps one of them is told when that one
// changes.
import type { Clock } from '../../common/clock.ts';
import type { Log } from '../../common/log.ts';
import type { Node } from '../model/node-object.ts';
import type { KubeClient } from './client.ts';
import { createReflector } from './reflector.ts';
import { nodePath } from './resource-path.ts';
import type { KubeObject } from './watch.ts';

/** The Node as the API server gives it. */
export type ObservedNode = Node & KubeObject;

export interface NodeFollower {
  readonly isSynced: boolean;
  /** Resolves after the first complete list. */
  readonly synced: Promise<void>;
  node(name: string): ObservedNode | undefined;
  list(): ObservedNode[];
  /** What keeps it from following now. */
  readonly trouble: Error | undefined;
  /** Calls after each change of this Node, and after the first list; ends with the answer. */
  follow(name: string, listener: () => void): () => void;
  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface NodeFollowerOptions {
  readonly client: KubeClient;
  readonly select: { readonly fieldSelector: string } | { readonly labelSelector: string };
  /** Told of every Node that came or changed. */
  readonly changed?: (node: ObservedNode) => void;
}

export function oneNodeSelector(name: string) {
  return { fieldSelector: `metadata.name=${name}` };
}

export function createNodeFollower(
  { client, select, changed }: NodeFollowerOptions,
  tools: { readonly clock: Clock; readonly log: Log },
): NodeFollower {
  const listeners = new Map<string, () => void>();
  const names = new Map<string, string>();
  const reflector = createReflector<ObservedNode>(
    {
      client,
      path: nodePath(),
      ...select,
      observer: {
        changed(node) {
          names.set(node.metadata.uid, node.metadata.name);
          changed?.(node);
          listeners.get(node.metadata.name)?.();
        },
        vanished(uid) {
          const name = names.get(uid) ?? '';
          names.delete(uid);
          listeners.get(name)?.();
        },
        synced() {
          for (const listener of listeners.values()) listener();
        },
      },
    },
    tools,
  );
  return {
    get isSynced() {
      return reflector.isSynced;
    },
    synced: reflector.synced,
    get trouble() {
      return reflector.trouble;
    },
    node: (name) => reflector.byName(name),
    list: reflector.list,
    follow(name, listener) {
      listeners.set(name, listener);
      return () => {
        if (listeners.get(name) === listener) listeners.delete(name);
      };
    },
    run: (signal) => reflector.run(signal),
  };
}
