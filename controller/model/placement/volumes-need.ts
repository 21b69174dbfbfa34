// What the claims of a pod ask of the machine it goes to. A pod goes nowhere before its claims are bound: which machine has
// a volume is known only then, and a pod is placed only once.
import { decodeClaim, type NodeSelector } from '../../../common/claim.ts';
import type { Pod } from '../../../common/pod.ts';
import { claimProblem, podClaims, unprocessed } from '../../../common/pod-claims.ts';

export type VolumesNeed =
  /** Each is to match the machine's labels. */
  | { readonly kind: 'known'; readonly selectors: readonly NodeSelector[] }
  /** `reason`: of the event that tells it. */
  | { readonly kind: 'waiting'; readonly reason: 'FailedMount'; readonly summary: string }
  /** It is a matter of moments. */
  | { readonly kind: 'unheard' };

/** What is known of one claim. */
export type ClaimNews =
  | { readonly kind: 'found'; readonly json: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly reason?: string };

export const NO_VOLUMES: VolumesNeed = { kind: 'known', selectors: [] };

/** `newsOf`: by the claim's name; undefined while nothing has been heard. */
export function volumesNeed(pod: Pod, newsOf: (claim: string) => ClaimNews | undefined): VolumesNeed {
  const selectors: NodeSelector[] = [];
  let unheard = false;
  for (const wanted of podClaims(pod)) {
    const news = newsOf(wanted.claim) ?? { kind: 'unknown' };
    if (news.kind === 'unknown') {
      if (news.reason === undefined) unheard = true;
      else return waiting(wanted.volume, `cannot read PVC ${wanted.claim}: ${news.reason}`);
      continue;
    }
    const claim = news.kind === 'found' ? decodeClaim(JSON.parse(news.json)) : undefined;
    const problem = claimProblem(wanted, claim, pod);
    if (problem !== undefined) return waiting(wanted.volume, problem);
    if (claim?.kind === 'bound' && claim.volume.required) selectors.push(claim.volume.required);
  }
  return unheard ? { kind: 'unheard' } : { kind: 'known', selectors };
}

function waiting(volume: string, why: string): VolumesNeed {
  return { kind: 'waiting', reason: 'FailedMount', summary: unprocessed(volume, why) };
}
