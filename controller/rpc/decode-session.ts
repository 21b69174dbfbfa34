// What an agent says in its session, checked and bounded field by field. Pure; throws `invalid` naming the field.
import { isIP } from 'node:net';
import type { MetricFamily } from '../../common/metrics/family.ts';
import type { PodStatus } from '../../common/pod.ts';
import type { AgentMessage__Output } from '../../proto/gen/longshore/v1/AgentMessage.ts';
import type { Heartbeat__Output } from '../../proto/gen/longshore/v1/Heartbeat.ts';
import type { HeldImage__Output } from '../../proto/gen/longshore/v1/HeldImage.ts';
import type { HeldObject__Output } from '../../proto/gen/longshore/v1/HeldObject.ts';
import type { Hello__Output } from '../../proto/gen/longshore/v1/Hello.ts';
import type { MachineCondition__Output } from '../../proto/gen/longshore/v1/MachineCondition.ts';
import type { MachineFacts__Output } from '../../proto/gen/longshore/v1/MachineFacts.ts';
import type { MachineImages__Output } from '../../proto/gen/longshore/v1/MachineImages.ts';
import type { OwnerReading__Output } from '../../proto/gen/longshore/v1/OwnerReading.ts';
import type { PodEvent__Output } from '../../proto/gen/longshore/v1/PodEvent.ts';
import type { StatsReport__Output } from '../../proto/gen/longshore/v1/StatsReport.ts';
import type { OwnerReading } from '../model/guest/yield.ts';
import type { HeldImage } from '../model/held-images.ts';
import type { Vitals } from '../reconcile/agent-link.ts';
import {
  boundedList,
  boundedText,
  invalidField,
  objectName,
  podUid,
  quantities,
  wholeNumber,
} from './decode.ts';
import { decodeMetrics } from './decode-metrics.ts';
import { decodeFinalStatus, decodePodStatus } from './decode-pod-status.ts';
import { decodeStats } from './decode-stats.ts';

export type AgentSays =
  | { readonly kind: 'hello'; readonly hello: Hello__Output }
  | { readonly kind: 'facts'; readonly facts: MachineFacts__Output }
  | ({ readonly kind: 'heartbeat' } & Vitals)
  | { readonly kind: 'report'; readonly uid: string; readonly status: PodStatus }
  | { readonly kind: 'gone'; readonly uid: string; readonly status: PodStatus | undefined }
  | { readonly kind: 'images'; readonly images: readonly HeldImage[] }
  | { readonly kind: 'event'; readonly event: PodEvent__Output }
  | { readonly kind: 'metrics'; readonly families: readonly MetricFamily[] }
  | { readonly kind: 'stats'; readonly report: StatsReport__Output }
  /** A body of a newer protocol version: heard, and ignored. */
  | { readonly kind: 'unknown' };

export function decodeAgentMessage(message: AgentMessage__Output): AgentSays {
  if (message.hello) return { kind: 'hello', hello: hello(message.hello) };
  if (message.facts) return { kind: 'facts', facts: facts(message.facts) };
  if (message.heartbeat) {
    return { kind: 'heartbeat', ...vitals(message.heartbeat) };
  }
  if (message.report) {
    const uid = podUid(message.report.uid, 'report.uid');
    return {
      kind: 'report',
      uid,
      status: decodePodStatus(message.report.statusJson, `status of pod ${uid}`),
    };
  }
  if (message.gone) {
    const uid = podUid(message.gone.uid, 'gone.uid');
    return { kind: 'gone', uid, status: decodeFinalStatus(message.gone.statusJson, `status of pod ${uid}`) };
  }
  if (message.images) return { kind: 'images', images: images(message.images) };
  if (message.stats) return { kind: 'stats', report: decodeStats(message.stats) };
  if (message.event) return { kind: 'event', event: event(message.event) };
  if (message.metrics) return { kind: 'metrics', families: decodeMetrics(message.metrics) };
  return { kind: 'unknown' };
}

function vitals({ timeMs, usage, owner }: Heartbeat__Output): Vitals {
  return {
    timeMs: wholeNumber(timeMs, 'heartbeat.time_ms'),
    ...(usage && {
      used: {
        cpuMilli: wholeNumber(usage.cpuMilli, 'heartbeat.usage.cpu_milli'),
        memoryBytes: wholeNumber(usage.memoryBytes, 'heartbeat.usage.memory_bytes'),
      },
    }),
    ...(owner && { owner: ownerReading(owner) }),
  };
}

const PERCENT = 100;
const CELSIUS = { min: -100, max: 200 };

function ownerReading({ loadPercent, temperatureCelsius, battery }: OwnerReading__Output): OwnerReading {
  const percent = (value: number, name: string) => wholeNumber(value, `heartbeat.owner.${name}`, PERCENT);
  if (temperatureCelsius !== undefined) {
    const { min, max } = CELSIUS;
    if (!(temperatureCelsius >= min && temperatureCelsius <= max))
      throw invalidField('heartbeat.owner.temperature_celsius', `must be from ${min} to ${max}`);
  }
  return {
    ...(loadPercent !== undefined && { loadPercent: percent(loadPercent, 'load_percent') }),
    ...(temperatureCelsius !== undefined && { temperatureCelsius }),
    ...(battery && {
      battery: { discharging: battery.discharging, percent: percent(battery.percent, 'battery.percent') },
    }),
  };
}

function hello(value: Hello__Output): Hello__Output {
  return {
    protocolVersion: wholeNumber(value.protocolVersion, 'hello.protocol_version'),
    agentVersion: boundedText(value.agentVersion, { field: 'hello.agent_version', maxBytes: 64 }),
    bootId: boundedText(value.bootId, { field: 'hello.boot_id', maxBytes: 128, required: true }),
    lineage: boundedText(value.lineage, { field: 'hello.lineage', maxBytes: 128, required: true }),
    epochSeen: wholeNumber(value.epochSeen, 'hello.epoch_seen'),
    held: boundedList(value.held, { field: 'hello.held', maxItems: MAX_HELD }, (entry, field) =>
      heldObject(entry as HeldObject__Output, field),
    ),
  };
}

const MAX_HELD = 20_000;

function heldObject({ key, revision }: HeldObject__Output, field: string): HeldObject__Output {
  return {
    key: boundedText(key, { field: `${field}.key`, maxBytes: 2048, required: true, anyCharacters: true }),
    revision: boundedText(revision, { field: `${field}.revision`, maxBytes: 256, required: true }),
  };
}

const MAX_IMAGES = 100;
const MAX_IMAGE_NAMES = 5;

function images(value: MachineImages__Output): HeldImage[] {
  const bounds = { field: 'images.images', maxItems: MAX_IMAGES };
  return boundedList(value.images, bounds, (entry, field) => {
    const { names, sizeBytes } = entry as HeldImage__Output;
    return {
      names: boundedList(names, { field: `${field}.names`, maxItems: MAX_IMAGE_NAMES }, (name, place) =>
        boundedText(name, { field: place, maxBytes: 512, required: true }),
      ),
      sizeBytes: wholeNumber(sizeBytes, `${field}.size_bytes`),
    };
  });
}

const FACT_TEXTS = [
  'hostname',
  'os',
  'arch',
  'kernelVersion',
  'osImage',
  'machineId',
  'systemUuid',
  'engineVersion',
] as const;
const MAX_ADDRESSES = 32;
const MAX_CONDITIONS = 32;
const CONDITION_TYPE = /^[A-Za-z][A-Za-z0-9./-]*$/;

function facts(value: MachineFacts__Output): MachineFacts__Output {
  const texts = Object.fromEntries(
    FACT_TEXTS.map((name) => [name, boundedText(value[name], { field: `facts.${name}`, maxBytes: 256 })]),
  ) as Record<(typeof FACT_TEXTS)[number], string>;
  return {
    ...texts,
    addresses: boundedList(
      value.addresses,
      { field: 'facts.addresses', maxItems: MAX_ADDRESSES },
      (entry, field) => {
        const address = boundedText(entry, { field, maxBytes: 64 });
        if (isIP(address) === 0) throw invalidField(field, 'is no IP address');
        return address;
      },
    ),
    capacity: quantities(value.capacity, 'facts.capacity'),
    allocatable: quantities(value.allocatable, 'facts.allocatable'),
    conditions: boundedList(
      value.conditions,
      { field: 'facts.conditions', maxItems: MAX_CONDITIONS },
      (entry, field) => machineCondition(entry as MachineCondition__Output, field),
    ),
  };
}

function machineCondition(value: MachineCondition__Output, field: string): MachineCondition__Output {
  if (!['True', 'False', 'Unknown'].includes(value.status)) {
    throw invalidField(`${field}.status`, 'must be True, False or Unknown');
  }
  return {
    type: boundedText(value.type, {
      field: `${field}.type`,
      maxBytes: 128,
      required: true,
      pattern: CONDITION_TYPE,
    }),
    status: value.status,
    reason: boundedText(value.reason, { field: `${field}.reason`, maxBytes: 256 }),
    message: boundedText(value.message, { field: `${field}.message`, maxBytes: 4096 }),
  };
}

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const REASON = /^[A-Za-z][A-Za-z0-9]*$/;
/** The last millisecond of the year 9999, the last that RFC 3339 can write. */
const MAX_TIME_MS = 253_402_300_799_999;

function event(value: PodEvent__Output): PodEvent__Output {
  if (value.type !== 'Normal' && value.type !== 'Warning') {
    throw invalidField('event.type', 'must be Normal or Warning');
  }
  return {
    sequence: wholeNumber(value.sequence, 'event.sequence'),
    podUid: podUid(value.podUid, 'event.pod_uid'),
    podNamespace: boundedText(value.podNamespace, {
      field: 'event.pod_namespace',
      maxBytes: 63,
      required: true,
      pattern: DNS_LABEL,
    }),
    podName: objectName(value.podName, 'event.pod_name'),
    type: value.type,
    reason: boundedText(value.reason, {
      field: 'event.reason',
      maxBytes: 128,
      required: true,
      pattern: REASON,
    }),
    message: boundedText(value.message, { field: 'event.message', maxBytes: 8192, anyCharacters: true }),
    fieldPath: boundedText(value.fieldPath, { field: 'event.field_path', maxBytes: 512 }),
    timeMs: wholeNumber(value.timeMs, 'event.time_ms', MAX_TIME_MS),
  };
}
