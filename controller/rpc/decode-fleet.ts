// What operators ask, checked and bounded. Pure; throws `invalid` naming the field.
import type { AgentIdentity } from '../../common/agent-identity.ts';
import { parseImageReference } from '../../common/image-reference.ts';
import { isLabelKey, isLabelValue } from '../../common/labels.ts';
import { isAgentName } from '../../common/names.ts';
import type { AgentDrain__Output } from '../../proto/gen/longshore/v1/AgentDrain.ts';
import type { CreateTokenRequest__Output } from '../../proto/gen/longshore/v1/CreateTokenRequest.ts';
import type { ExplainPodRequest__Output } from '../../proto/gen/longshore/v1/ExplainPodRequest.ts';
import type { ListPodsRequest__Output } from '../../proto/gen/longshore/v1/ListPodsRequest.ts';
import type { PinImageRequest__Output } from '../../proto/gen/longshore/v1/PinImageRequest.ts';
import type { PullImageRequest__Output } from '../../proto/gen/longshore/v1/PullImageRequest.ts';
import type { ReadAgentLogRequest__Output } from '../../proto/gen/longshore/v1/ReadAgentLogRequest.ts';
import type { RemoveAgentRequest__Output } from '../../proto/gen/longshore/v1/RemoveAgentRequest.ts';
import type { UpdateAgentRequest__Output } from '../../proto/gen/longshore/v1/UpdateAgentRequest.ts';
import type { DrainSpec } from '../model/agent.ts';
import type { AgentChange } from '../model/agent-change.ts';
import { type AgentRequirement, parseAgentSelector } from '../model/placement/agent-selector.ts';
import { isMachineLabel } from '../model/placement/machine-labels.ts';
import type { TaintEffect } from '../model/placement/taints.ts';
import type { AgentLogWish } from '../reconcile/agent-log.ts';
import type { PodFilter } from '../reconcile/fleet-view.ts';
import type { ImagePullWish } from '../reconcile/image-pulls.ts';
import {
  boundedList,
  boundedText,
  invalidField,
  labels,
  objectName,
  plainObject,
  wholeNumber,
} from './decode.ts';

export interface TokenWish {
  readonly ttlMs: number;
  readonly agentName: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly reusable: boolean;
}

const DEFAULT_TTL_SECONDS = 3600;
const MIN_TTL_SECONDS = 60;
const MAX_TTL_SECONDS = 30 * 86_400;

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
  refuseOwnLabels(wished);
  return { ttlMs: seconds * 1000, agentName, labels: wished, reusable: request.reusable };
}

function refuseOwnLabels(wished: Readonly<Record<string, string>>): void {
  const own = Object.keys(wished).find(isMachineLabel);
  if (own)
    throw invalidField(`label '${own}'`, "is the machine's or the controller's to say and cannot be given");
}

export function decodeAgentName(value: unknown): string {
  const name = boundedText(value, { field: 'name', maxBytes: 63, required: true });
  if (!isAgentName(name))
    throw invalidField('name', "must be lower-case letters, digits and '-', at most 63");
  return name;
}

const MAX_CHANGES = 64;
const MAX_GRACE_SECONDS = 2 ** 31 - 1;

export function decodeUpdateAgent(request: UpdateAgentRequest__Output): {
  readonly name: string;
  readonly change: AgentChange;
} {
  const setLabels = labels(request.setLabels, 'set_labels');
  refuseOwnLabels(setLabels);
  const list = { maxItems: MAX_CHANGES };
  const change: AgentChange = {
    overwrite: request.overwrite === true,
    setLabels,
    removeLabels: boundedList(request.removeLabels, { field: 'remove_labels', ...list }, labelKey),
    setTaints: boundedList(request.setTaints, { field: 'set_taints', ...list }, (value, field) => {
      const taint = plainObject(value, field);
      const text = boundedText(taint['value'], { field: `${field}.value`, maxBytes: 63 });
      if (!isLabelValue(text)) throw invalidField(`${field}.value`, 'is malformed');
      const key = labelKey(taint['key'], `${field}.key`);
      return { key, ...(text && { value: text }), effect: taintEffect(taint['effect'], `${field}.effect`) };
    }),
    removeTaints: boundedList(request.removeTaints, { field: 'remove_taints', ...list }, (value, field) => {
      const taint = plainObject(value, field);
      const key = labelKey(taint['key'], `${field}.key`);
      const { effect } = taint;
      return { key, ...(effect !== '' && { effect: taintEffect(effect, `${field}.effect`) }) };
    }),
    ...(request.unschedulable !== undefined && { unschedulable: request.unschedulable }),
    ...(request.drain && { drain: decodeDrain(request.drain) }),
  };
  if (change.drain && change.unschedulable === false)
    throw invalidField('drain', 'does not go with uncordon');
  const twice = [
    ...change.removeLabels.filter((key) => Object.hasOwn(setLabels, key)),
    ...repeated(change.setTaints.map(({ key, effect }) => `${key}:${effect}`)),
    ...change.setTaints
      .filter((taint) =>
        change.removeTaints.some(
          ({ key, effect }) => key === taint.key && (!effect || effect === taint.effect),
        ),
      )
      .map(({ key, effect }) => `${key}:${effect}`),
  ];
  if (twice[0] !== undefined) throw invalidField(`'${twice[0]}'`, 'is asked for twice');
  return { name: decodeAgentName(request.name), change };
}

function decodeDrain(drain: AgentDrain__Output): DrainSpec {
  const seconds = wholeNumber(drain.gracePeriodSeconds, 'drain.grace_period_seconds', MAX_GRACE_SECONDS);
  return {
    ...(seconds > 0 && { gracePeriodSeconds: seconds }),
    ...(drain.force === true && { force: true }),
    ...(drain.deleteEmptydirData === true && { deleteEmptyDirData: true }),
    ...(drain.ignoreDaemonsets === true && { ignoreDaemonSets: true }),
  };
}

function repeated(texts: readonly string[]): string[] {
  return texts.filter((text, index) => texts.indexOf(text) !== index);
}

function labelKey(value: unknown, field: string): string {
  const key = boundedText(value, { field, maxBytes: 317, required: true });
  if (!isLabelKey(key)) throw invalidField(field, 'is malformed');
  return key;
}

function taintEffect(value: unknown, field: string): TaintEffect {
  if (value === 'NoSchedule' || value === 'PreferNoSchedule' || value === 'NoExecute') return value;
  throw invalidField(field, 'must be NoSchedule, PreferNoSchedule or NoExecute');
}

export function decodeRemoveAgent(
  request: RemoveAgentRequest__Output,
): AgentIdentity & { readonly declareGone: boolean } {
  return {
    name: decodeAgentName(request.name),
    uid: boundedText(request.uid, { field: 'uid', maxBytes: 64, required: true }),
    declareGone: request.declareGone === true,
  };
}

const MAX_IMAGE = 512;
const MAX_SELECTOR = 4096;
const MAX_DOCKER_CONFIG_BYTES = 256 * 1024;
const DEFAULT_PARALLEL = 10;
const MAX_PARALLEL = 100;

export function decodePullImage(request: PullImageRequest__Output): ImagePullWish & {
  readonly agents: readonly AgentRequirement[];
  readonly pin: boolean;
} {
  const { dockerConfigJson, pin } = request;
  if (dockerConfigJson.length > MAX_DOCKER_CONFIG_BYTES)
    throw invalidField('docker_config_json', `is longer than ${MAX_DOCKER_CONFIG_BYTES} bytes`);
  return {
    image: imageReference(request.image),
    agents: labelSelector(request.selector),
    dockerConfigJson,
    parallel: wholeNumber(request.parallel, 'parallel', MAX_PARALLEL) || DEFAULT_PARALLEL,
    pin: pin === true,
  };
}

export function decodePinImage({ image, selector, unpin }: PinImageRequest__Output) {
  return { image: imageReference(image), agents: labelSelector(selector), unpin: unpin === true };
}

function imageReference(value: unknown): string {
  const image = boundedText(value, { field: 'image', maxBytes: MAX_IMAGE, required: true });
  if (!parseImageReference(image)) throw invalidField('image', `'${image}' is no image reference`);
  return image;
}

/** Empty: all. */
export function labelSelector(value: unknown): readonly AgentRequirement[] {
  const text = boundedText(value, { field: 'selector', maxBytes: MAX_SELECTOR });
  if (text.trim() === '') return [];
  const selector = parseAgentSelector(text);
  if (selector.kind === 'requirements') return selector.requirements;
  throw invalidField(
    'selector',
    `'${text}' cannot be read; an example: zone=garage,arch in (arm64),!old,cores gt 3`,
  );
}

const MAX_TAIL_LINES = 1_000_000;

export function decodeReadAgentLog({ name, follow, tailLines }: ReadAgentLogRequest__Output): AgentLogWish {
  return {
    name: decodeAgentName(name),
    follow: follow === true,
    tailLines: tailLines === undefined ? undefined : wholeNumber(tailLines, 'tail_lines', MAX_TAIL_LINES),
  };
}

export function decodeExplainPod(request: ExplainPodRequest__Output): { namespace: string; name: string } {
  return {
    namespace: objectName(request.namespace, 'namespace'),
    name: objectName(request.name, 'name'),
  };
}

export function decodeListPods(request: ListPodsRequest__Output): PodFilter {
  return {
    agent: boundedText(request.agent, { field: 'agent', maxBytes: 63 }),
    namespace: boundedText(request.namespace, { field: 'namespace', maxBytes: 63 }),
    labels: labelSelector(request.selector),
  };
}
