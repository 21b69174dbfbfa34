// What an agent says it and its pods use, checked and bounded field by field. Pure; throws `invalid` naming the field.
import { PROBE_BUCKETS } from '../../common/probe-durations.ts';
import type { CfsStats__Output } from '../../proto/gen/longshore/v1/CfsStats.ts';
import type { ContainerStats__Output } from '../../proto/gen/longshore/v1/ContainerStats.ts';
import type { CpuStats__Output } from '../../proto/gen/longshore/v1/CpuStats.ts';
import type { DiskIo__Output } from '../../proto/gen/longshore/v1/DiskIo.ts';
import type { FilesystemStats__Output } from '../../proto/gen/longshore/v1/FilesystemStats.ts';
import type { MachineStats__Output } from '../../proto/gen/longshore/v1/MachineStats.ts';
import type { MemoryStats__Output } from '../../proto/gen/longshore/v1/MemoryStats.ts';
import type { NetworkStats__Output } from '../../proto/gen/longshore/v1/NetworkStats.ts';
import type { PodStats__Output } from '../../proto/gen/longshore/v1/PodStats.ts';
import type { ProbeStats__Output } from '../../proto/gen/longshore/v1/ProbeStats.ts';
import type { ServiceStats__Output } from '../../proto/gen/longshore/v1/ServiceStats.ts';
import type { StatsReport__Output } from '../../proto/gen/longshore/v1/StatsReport.ts';
import type { VolumeStats__Output } from '../../proto/gen/longshore/v1/VolumeStats.ts';
import { boundedList, boundedText, invalidField, objectName, podUid, wholeNumber } from './decode.ts';

const MAX_PODS = 2000;
const MAX_CONTAINERS = 10_000;
const MAX_VOLUMES = 10_000;
const MAX_POD_VOLUMES = 256;
const MAX_INTERFACES = 64;
const MAX_DISKS = 64;
const MAX_SERVICES = 16;
/** The last millisecond of the year 9999, the last that RFC 3339 can write. */
const MAX_TIME_MS = 253_402_300_799_999;
const PROBE_TYPES: readonly string[] = ['liveness', 'readiness', 'startup'];

export function decodeStats({ machine, pods, timeMs }: StatsReport__Output): StatsReport__Output {
  const decoded = boundedList(pods, { field: 'stats.pods', maxItems: MAX_PODS }, (pod, field) =>
    podStats(pod as PodStats__Output, field),
  );
  const containers = decoded.reduce((sum, pod) => sum + pod.containers.length, 0);
  if (containers > MAX_CONTAINERS)
    throw invalidField('stats.pods', `have more than ${MAX_CONTAINERS} containers`);
  if (decoded.reduce((sum, { volumes }) => sum + volumes.length, 0) > MAX_VOLUMES)
    throw invalidField('stats.pods', `have more than ${MAX_VOLUMES} volumes`);
  return {
    machine: machine && machineStats(machine, 'stats.machine'),
    pods: decoded,
    timeMs: wholeNumber(timeMs, 'stats.time_ms', MAX_TIME_MS),
  };
}

function machineStats(value: MachineStats__Output, field: string): MachineStats__Output {
  const { cpu, memory, network, filesystem, uptimeMs, services } = value;
  return {
    cpu: cpu && cpuStats(cpu, `${field}.cpu`),
    memory: memory && memoryStats(memory, `${field}.memory`),
    network: networks(network, `${field}.network`),
    filesystem: filesystem && filesystemStats(filesystem, `${field}.filesystem`),
    uptimeMs: wholeNumber(uptimeMs, `${field}.uptime_ms`),
    ...optionalCounters(value, ['tasks', 'maxTasks'], field),
    services: serviceStats(services, `${field}.services`),
  };
}

function filesystemStats(value: FilesystemStats__Output, field: string): FilesystemStats__Output {
  return {
    ...counters<FilesystemStats__Output>(value, ['capacityBytes', 'availableBytes'], field),
    ...optionalCounters(value, ['inodes', 'freeInodes'], field),
  };
}

const SERVICES: readonly string[] = ['agent', 'engine'];

/** Those of names that are not known here are left out: another version may have more. */
function serviceStats(value: unknown, field: string): ServiceStats__Output[] {
  const all = boundedList(value, { field, maxItems: MAX_SERVICES }, (entry, name) => {
    const { name: service, cpu, memory } = entry as ServiceStats__Output;
    return {
      name: boundedText(service, { field: `${name}.name`, maxBytes: 64 }),
      cpu: cpu && cpuStats(cpu, `${name}.cpu`),
      memory: memory && memoryStats(memory, `${name}.memory`),
    };
  });
  return SERVICES.flatMap((service) => all.find(({ name }) => name === service) ?? []);
}

function podStats(
  { uid, cpu, network, containers, volumes, ageMs }: PodStats__Output,
  field: string,
): PodStats__Output {
  return {
    uid: podUid(uid, `${field}.uid`),
    cpu: cpu && cpuStats(cpu, `${field}.cpu`),
    network: networks(network, `${field}.network`),
    containers: boundedList(
      containers,
      { field: `${field}.containers`, maxItems: MAX_CONTAINERS },
      (container, name) => containerStats(container as ContainerStats__Output, name),
    ),
    ageMs: wholeNumber(ageMs, `${field}.age_ms`),
    volumes: volumeStats(volumes, `${field}.volumes`),
  };
}

/** Of two of one name the first counts. */
function volumeStats(value: unknown, field: string): VolumeStats__Output[] {
  const all = boundedList(value, { field, maxItems: MAX_POD_VOLUMES }, (entry, name) => {
    const volume = entry as VolumeStats__Output;
    return {
      name: objectName(volume.name, `${name}.name`),
      usedBytes: wholeNumber(volume.usedBytes, `${name}.used_bytes`),
      ...optionalCounters(volume, ['usedInodes'], name),
      filesystem: volume.filesystem && filesystemStats(volume.filesystem, `${name}.filesystem`),
    };
  });
  return [...new Map(all.toReversed().map((volume) => [volume.name, volume])).values()].toReversed();
}

const CONTAINER = ['oomKills', 'writtenBytes', 'logBytes', 'logFiles', 'processes', 'tasks'] as const;
const CONTAINER_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]*$/;

function containerStats(value: ContainerStats__Output, field: string): ContainerStats__Output {
  const { name, id, startedAtMs, cpu, memory, probes, cfs, diskIo } = value;
  return {
    name: objectName(name, `${field}.name`),
    id: boundedText(id, { field: `${field}.id`, maxBytes: 256, pattern: CONTAINER_ID }),
    startedAtMs: wholeNumber(startedAtMs, `${field}.started_at_ms`, MAX_TIME_MS),
    cpu: cpu && cpuStats(cpu, `${field}.cpu`),
    memory: memory && memoryStats(memory, `${field}.memory`),
    ...optionalCounters(value, CONTAINER, field),
    cfs:
      cfs &&
      counters<CfsStats__Output>(cfs, ['periods', 'throttledPeriods', 'throttledUsec'], `${field}.cfs`),
    diskIo: diskIoStats(diskIo, `${field}.disk_io`),
    probes: boundedList(
      probes,
      { field: `${field}.probes`, maxItems: PROBE_TYPES.length },
      (probe, probeField) => probeStats(probe as ProbeStats__Output, probeField),
    ),
  };
}

const PROBE = ['successful', 'failed', 'unknown', 'durationUsec'] as const;
/** One for what took longer than any bucket has room for. */
const DURATION_COUNTS = PROBE_BUCKETS.length + 1;

function probeStats(value: ProbeStats__Output, field: string): ProbeStats__Output {
  if (!PROBE_TYPES.includes(value.type)) throw invalidField(`${field}.type`, 'is no kind of probe');
  const durationCounts = boundedList(
    value.durationCounts,
    { field: `${field}.duration_counts`, maxItems: DURATION_COUNTS },
    wholeNumber,
  );
  if (durationCounts.length > 0 && durationCounts.length !== DURATION_COUNTS)
    throw invalidField(`${field}.duration_counts`, `must be ${DURATION_COUNTS} numbers or none`);
  return {
    ...{ type: value.type, durationCounts },
    ...counters<Omit<ProbeStats__Output, 'type' | 'durationCounts'>>(value, PROBE, field),
  };
}

function cpuStats(value: CpuStats__Output, field: string): CpuStats__Output {
  return {
    usageUsec: wholeNumber(value.usageUsec, `${field}.usage_usec`),
    ...optionalCounters(value, ['usageNanoCores', 'userUsec', 'systemUsec'], field),
  };
}

const MEMORY = [
  'usageBytes',
  'rssBytes',
  'pageFaults',
  'majorPageFaults',
  'availableBytes',
  'cacheBytes',
  'mappedFileBytes',
  'swapBytes',
  'swapLimitBytes',
  'availableSwapBytes',
] as const;

function memoryStats(value: MemoryStats__Output, field: string): MemoryStats__Output {
  return {
    workingSetBytes: wholeNumber(value.workingSetBytes, `${field}.working_set_bytes`),
    ...optionalCounters(value, MEMORY, field),
  };
}

const NETWORK = [
  'rxBytes',
  'rxErrors',
  'rxPackets',
  'rxDropped',
  'txBytes',
  'txErrors',
  'txPackets',
  'txDropped',
] as const;

function networks(value: unknown, field: string): NetworkStats__Output[] {
  return boundedList(value, { field, maxItems: MAX_INTERFACES }, (entry, name) => ({
    interface: boundedText((entry as NetworkStats__Output).interface, {
      field: `${name}.interface`,
      maxBytes: 64,
      required: true,
    }),
    ...counters<Omit<NetworkStats__Output, 'interface'>>(entry as NetworkStats__Output, NETWORK, name),
  }));
}

const DISK_NAME = /^[A-Za-z0-9!/._-]*$/;

function diskIoStats(value: unknown, field: string): DiskIo__Output[] {
  return boundedList(value, { field, maxItems: MAX_DISKS }, (entry, name) => {
    const io = entry as DiskIo__Output;
    return {
      device: boundedText(io.device, { field: `${name}.device`, maxBytes: 64, pattern: DISK_NAME }),
      ...counters<Omit<DiskIo__Output, 'device' | 'reads' | 'writes'>>(
        io,
        ['major', 'minor', 'readBytes', 'writeBytes'],
        name,
      ),
      ...optionalCounters(io, ['reads', 'writes'], name),
    };
  });
}

/** Each of these must be there. */
function counters<T extends object>(value: T, names: readonly (keyof T & string)[], field: string): T {
  return Object.fromEntries(names.map((name) => [name, wholeNumber(value[name], `${field}.${name}`)])) as T;
}

/** Each of these may be there. */
function optionalCounters<T extends object, Name extends keyof T & string>(
  value: T,
  names: readonly Name[],
  field: string,
): Pick<T, Name> {
  const given = names.filter((name) => value[name] !== undefined);
  return Object.fromEntries(
    given.map((name) => [name, wholeNumber(value[name], `${field}.${name}`)]),
  ) as Pick<T, Name>;
}
