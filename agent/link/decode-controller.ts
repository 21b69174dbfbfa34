// What the controller says, checked as far as the agent relies on it. The controller is authenticated, yet a defect in it
// must not crash an agent: what cannot be used is refused here, by field. Pure.

import { isIP } from 'node:net';
import { NO_POD_CIDR, parseCidr } from '../../common/cidr.ts';
import { DEFAULT_CLUSTER_DOMAIN, MAX_NAMESERVERS } from '../../common/cluster-dns.ts';
import { LongshoreError } from '../../common/errors.ts';
import type { Pod } from '../../common/pod.ts';
import { commandProblem } from '../../common/stream-message.ts';
import type { AgentLogRequest__Output } from '../../proto/gen/longshore/v1/AgentLogRequest.ts';
import type { AttachRequest__Output } from '../../proto/gen/longshore/v1/AttachRequest.ts';
import type { ExecRequest__Output } from '../../proto/gen/longshore/v1/ExecRequest.ts';
import type { ImagePullRequest__Output } from '../../proto/gen/longshore/v1/ImagePullRequest.ts';
import type { KeepImages__Output } from '../../proto/gen/longshore/v1/KeepImages.ts';
import type { LogsRequest__Output } from '../../proto/gen/longshore/v1/LogsRequest.ts';
import type { ObjectUpsert__Output } from '../../proto/gen/longshore/v1/ObjectUpsert.ts';
import type { PodUpsert__Output } from '../../proto/gen/longshore/v1/PodUpsert.ts';
import type { PortForwardRequest__Output } from '../../proto/gen/longshore/v1/PortForwardRequest.ts';
import type { Removed__Output } from '../../proto/gen/longshore/v1/Removed.ts';
import type { WatchStats__Output } from '../../proto/gen/longshore/v1/WatchStats.ts';
import type { Welcome__Output } from '../../proto/gen/longshore/v1/Welcome.ts';
import { PROTOCOL_VERSION } from '../../proto/wire.ts';
import { malformedField } from '../pod/pod-shape.ts';
import type { ObjectNews } from './object-host.ts';

const MAX_POD_BYTES = 2 * 1024 * 1024;
const MAX_OBJECT_BYTES = 1.5 * 1024 * 1024;
const MAX_KEY = 2048;
const MAX_REVISION = 256;
const MAX_REASON = 1024;
const MIN_HEARTBEAT_MS = 1000;
const MAX_HEARTBEAT_MS = 60_000;
const MIN_STATS_PERIOD_MS = 1000;
const MAX_STATS_PERIOD_MS = 300_000;
const MAX_STATS_MS = 3_600_000;
const UID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const STREAM_ID = /^[0-9a-f]{32}$/;

export function decodeWelcome(welcome: Welcome__Output): Welcome__Output {
  if (Math.abs(welcome.protocolVersion - PROTOCOL_VERSION) > 1) {
    throw new LongshoreError(
      'precondition',
      `the controller speaks protocol version ${welcome.protocolVersion}, this agent ${PROTOCOL_VERSION}: upgrade the older`,
    );
  }
  if (!Number.isSafeInteger(welcome.epoch) || welcome.epoch < 1) throw malformed('welcome.epoch');
  if (
    welcome.clusterDns.length > MAX_NAMESERVERS ||
    welcome.clusterDns.some((address) => isIP(address) === 0)
  )
    throw malformed('welcome.cluster_dns');
  const { podCidr } = welcome;
  if (podCidr !== '' && podCidr !== NO_POD_CIDR && !parseCidr(podCidr)) throw malformed('welcome.pod_cidr');
  const clusterDomain = welcome.clusterDomain || DEFAULT_CLUSTER_DOMAIN;
  if (!NAME.test(clusterDomain)) throw malformed('welcome.cluster_domain');
  const heartbeatIntervalMs = Math.min(
    MAX_HEARTBEAT_MS,
    Math.max(MIN_HEARTBEAT_MS, welcome.heartbeatIntervalMs),
  );
  return { ...welcome, heartbeatIntervalMs, clusterDomain };
}

export function decodeRemoved({ epoch, reason }: Removed__Output): Removed__Output {
  if (!Number.isSafeInteger(epoch) || epoch < 1) throw malformed('removed.epoch');
  return { epoch, reason: reason.slice(0, MAX_REASON) };
}

/** Throws `invalid`; the pod's UID is then still known, so that a pod we cannot read is not taken for unwanted. */
export function decodePod(upsert: PodUpsert__Output): Pod {
  const { podJson, uid } = upsert;
  if (podJson.byteLength > MAX_POD_BYTES) throw malformed(`pod ${uid}: larger than ${MAX_POD_BYTES} bytes`);
  const pod = parseObject(podJson, uid);
  const { metadata, spec } = pod;
  if (!isObject(metadata) || metadata['uid'] !== uid) throw malformed(`pod ${uid}: metadata.uid`);
  for (const field of ['name', 'namespace']) {
    const name = metadata[field];
    if (typeof name !== 'string' || !NAME.test(name)) throw malformed(`pod ${uid}: metadata.${field}`);
  }
  if (!isObject(spec)) throw malformed(`pod ${uid}: spec`);
  const containers = spec['containers'];
  if (!Array.isArray(containers) || containers.length === 0) throw malformed(`pod ${uid}: spec.containers`);
  for (const list of [containers, spec['initContainers'] ?? []]) {
    if (!Array.isArray(list) || !list.every(isNamed)) throw malformed(`pod ${uid}: a container has no name`);
  }
  const malformedAt = malformedField(pod);
  if (malformedAt !== undefined) throw malformed(`pod ${uid}: ${malformedAt}`);
  return pod as unknown as Pod;
}

export function decodeUid(uid: string): string {
  if (!UID.test(uid)) throw malformed('a pod uid');
  return uid;
}

/** Undefined for a state of a newer protocol version. */
export function decodeObject({ found, absent, kept }: ObjectUpsert__Output): ObjectNews | undefined {
  if (found) {
    const { revision, json } = found;
    if (revision === '' || revision.length > MAX_REVISION) throw malformed('object.found.revision');
    if (json.byteLength > MAX_OBJECT_BYTES)
      throw malformed(`an object larger than ${MAX_OBJECT_BYTES} bytes`);
    return { kind: 'found', revision, json };
  }
  if (absent) return { kind: 'absent' };
  return kept ? { kind: 'kept', reason: kept.reason.slice(0, MAX_REASON) } : undefined;
}

/** No faster than is useful, no longer than somebody may have forgotten about it. */
export function decodeWatchStats({ periodMs, forMs }: WatchStats__Output): WatchStats__Output {
  return {
    periodMs: Math.min(MAX_STATS_PERIOD_MS, Math.max(MIN_STATS_PERIOD_MS, periodMs)),
    forMs: Math.min(MAX_STATS_MS, forMs),
  };
}

export function decodeObjectKey(key: string): string {
  if (key === '' || key.length > MAX_KEY) throw malformed('the key of an object');
  return key;
}

export function decodeStreamId(streamId: string): string {
  if (!STREAM_ID.test(streamId)) throw malformed('open_stream.stream_id');
  return streamId;
}

/** A number: one of a newer protocol. */
const LOG_STREAMS: ReadonlySet<unknown> = new Set([
  'LOG_STREAM_ALL',
  'LOG_STREAM_STDOUT',
  'LOG_STREAM_STDERR',
]);

export function decodeLogsRequest(request: LogsRequest__Output): LogsRequest__Output {
  decodeUid(request.podUid);
  if (!NAME.test(request.container)) throw malformed('logs.container');
  if (!LOG_STREAMS.has(request.stream)) throw malformed('logs.stream');
  const bounds = { sinceTimeMs: 0, sinceSeconds: 1, tailLines: 0, limitBytes: 1 } as const;
  for (const [field, least] of Object.entries(bounds) as [keyof typeof bounds, number][]) {
    const value = request[field];
    if (value !== undefined && (!Number.isSafeInteger(value) || value < least))
      throw malformed(`logs.${field}`);
  }
  if (request.sinceTimeMs !== undefined && request.sinceSeconds !== undefined)
    throw malformed('logs.sinceSeconds beside logs.sinceTimeMs');
  return request;
}

export function decodeAgentLogRequest(request: AgentLogRequest__Output): AgentLogRequest__Output {
  const { tailLines } = request;
  if (tailLines !== undefined && (!Number.isSafeInteger(tailLines) || tailLines < 0))
    throw malformed('agent_log.tail_lines');
  return request;
}

const MAX_IMAGE = 1024;
const MAX_DOCKER_CONFIG_BYTES = 256 * 1024;

export function decodeImagePullRequest(request: ImagePullRequest__Output): ImagePullRequest__Output {
  if (request.image === '' || request.image.length > MAX_IMAGE) throw malformed('pull_image.image');
  if (request.dockerConfigJson.length > MAX_DOCKER_CONFIG_BYTES)
    throw malformed('pull_image.docker_config_json');
  return request;
}

const MAX_KEPT_IMAGES = 64;

export function decodeKeepImages({ images }: KeepImages__Output): readonly string[] {
  if (images.length > MAX_KEPT_IMAGES || images.some((image) => image === '' || image.length > MAX_IMAGE))
    throw malformed('keep_images.images');
  return images;
}

export function decodeExecRequest(request: ExecRequest__Output): ExecRequest__Output {
  const { podUid, container, command, stdin, stdout, stderr } = request;
  decodeUid(podUid);
  if (!NAME.test(container)) throw malformed('exec.container');
  if (commandProblem(command)) throw malformed('exec.command');
  if (!stdin && !stdout && !stderr) throw malformed('exec: none of stdin, stdout and stderr');
  return request;
}

export function decodeAttachRequest(request: AttachRequest__Output): AttachRequest__Output {
  const { podUid, container, stdin, stdout, stderr } = request;
  decodeUid(podUid);
  if (!NAME.test(container)) throw malformed('attach.container');
  if (!stdin && !stdout && !stderr) throw malformed('attach: none of stdin, stdout and stderr');
  return request;
}

export function decodePortForwardRequest(request: PortForwardRequest__Output): PortForwardRequest__Output {
  decodeUid(request.podUid);
  if (!Number.isInteger(request.port) || request.port < 1 || request.port > 65_535)
    throw malformed('port_forward.port');
  return request;
}

function parseObject(json: Buffer, uid: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json.toString('utf8'));
  } catch {
    throw malformed(`pod ${uid}: its JSON`);
  }
  if (!isObject(value)) throw malformed(`pod ${uid}: its JSON`);
  return value;
}

function isNamed(value: unknown): boolean {
  return isObject(value) && typeof value['name'] === 'string' && NAME.test(value['name']);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(what: string): LongshoreError {
  return new LongshoreError('invalid', `the controller sent something malformed (${what})`);
}
