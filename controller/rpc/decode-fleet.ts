// What operators ask, checked and bounded. Pure; throws `invalid` naming the field.
import { isAgentName } from '../../common/names.ts';
import type { CreateTokenRequest__Output } from '../../proto/gen/longshore/v1/CreateTokenRequest.ts';
import type { ListPodsRequest__Output } from '../../proto/gen/longshore/v1/ListPodsRequest.ts';
import { boundedText, invalidField, labels, wholeNumber } from './decode.ts';

export interface TokenWish {
  readonly ttlMs: number;
  readonly agentName: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly reusable: boolean;
}

const DEFAULT_TTL_SECONDS = 3600;
const MIN_TTL_SECONDS = 60;
const MAX_TTL_SECONDS = 30 * 86_400;
/** What the controller writes itself, from the machine's facts. */
const OWN_LABELS = ['kubernetes.io/hostname', 'kubernetes.io/os', 'kubernetes.io/arch'];

export function decodeCreateToken(request: CreateTokenRequest__Output): TokenWish {
  const seconds = wholeNumber(request.ttlSeconds, 'ttl_seconds') || DEFAULT_TTL_SECONDS;
  if (seconds < MIN_TTL_SECONDS || seconds > MAX_TTL_SECONDS) {
    throw invalidField(
      'ttl_seconds',
      `must be ${MIN_TTL_SECONDS} (a minute) to ${MAX_TTL_SECONDS} (30 days)`,
    );
  }
  const agentName = request.agentName || undefined;
  if (agentName !== undefined && !isAgentName(agentName)) {
    throw invalidField('agent_name', "must be lower-case letters, digits and '-', at most 63");
  }
  if (agentName !== undefined && request.reusable) {
    throw invalidField('reusable', 'does not go with agent_name: one name is for one machine');
  }
  const wished = labels(request.labels, 'labels');
  const own = OWN_LABELS.find((key) => key in wished);
  if (own) throw invalidField(`labels '${own}'`, 'is taken from the machine and cannot be given');
  return { ttlMs: seconds * 1000, agentName, labels: wished, reusable: request.reusable };
}

export function decodeListPods(request: ListPodsRequest__Output): { agent: string; namespace: string } {
  return {
    agent: boundedText(request.agent, { field: 'agent', maxBytes: 63 }),
    namespace: boundedText(request.namespace, { field: 'namespace', maxBytes: 63 }),
  };
}
