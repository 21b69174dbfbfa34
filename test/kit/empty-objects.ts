// What pods refer to, told by a controller that has nothing but what the test gives it: all else is there and empty.
import type { Pod } from '../../common/pod.ts';
import { podReferences } from '../../common/pod-references.ts';
import type { AgentLink } from '../../controller/reconcile/agent-link.ts';

/** `given`: by the wire's keys, as JSON. */
export function tellObjects(link: AgentLink, pod: Pod, given: ReadonlyMap<string, object> = new Map()): void {
  for (const key of podReferences(pod).keys()) {
    const json = JSON.stringify(given.get(key) ?? {});
    link.object(key, { kind: 'found', revision: json, json });
  }
}
