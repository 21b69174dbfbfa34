// What pods refer to, told by a controller that knows nothing but what the test gives it: all else is there and empty.
import type { Pod } from '../../common/pod.ts';
import { podReferences } from '../../common/pod-references.ts';
import type { AgentLink } from '../../controller/reconcile/agent-link.ts';
import type { ObjectState } from '../../controller/reconcile/object-source.ts';

const EMPTY: ObjectState = { kind: 'found', revision: '{}', json: '{}' };

/** `known`: by the wire's keys. */
export function tellObjects(
  link: AgentLink,
  pod: Pod,
  known: ReadonlyMap<string, ObjectState> = new Map(),
): void {
  for (const key of podReferences(pod).keys()) link.object(key, known.get(key) ?? EMPTY);
}
