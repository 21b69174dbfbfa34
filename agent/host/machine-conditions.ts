// The machine's health as Kubernetes-style conditions. Thresholds are the kubelet's; what is under pressure stays so until
// there is a fifth more than the threshold, so that a condition does not flap at the edge.

export interface Condition {
  readonly type: 'MemoryPressure' | 'DiskPressure' | 'EngineReady' | 'MemoryCgroup';
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

export interface Disk {
  readonly totalBytes: number;
  readonly availableBytes: number;
  /** 0 where the file system has no fixed number of them. */
  readonly totalInodes: number;
  readonly freeInodes: number;
}

/** What of Docker is known; a text says why nothing is. */
export type EngineHealth = { readonly version: string } | { readonly failure: string };

export interface MachineHealth {
  readonly memoryAvailableBytes: number;
  /** Of Docker's root; undefined while Docker cannot be asked. */
  readonly disk: Disk | undefined;
  readonly engine: EngineHealth;
  /** Undefined: the kernel does not say. */
  readonly memoryCgroup: boolean | undefined;
}

const MIN_MEMORY_BYTES = 100 * 2 ** 20;
const MIN_DISK_SHARE = 0.1;
const MIN_INODE_SHARE = 0.05;
const RELIEF = 1.2;

export function machineConditions(health: MachineHealth, before: readonly Condition[]): Condition[] {
  const pressed = (type: Condition['type']) =>
    before.some((condition) => condition.type === type && condition.status === 'True');
  return [
    memoryPressure(health.memoryAvailableBytes, pressed('MemoryPressure')),
    diskPressure(health.disk, pressed('DiskPressure')),
    engineReady(health.engine),
    memoryCgroup(health.memoryCgroup),
  ];
}

function memoryPressure(availableBytes: number, pressed: boolean): Condition {
  const type = 'MemoryPressure';
  return availableBytes < MIN_MEMORY_BYTES * (pressed ? RELIEF : 1)
    ? {
        type,
        status: 'True',
        reason: 'InsufficientMemory',
        message: `less than ${mebibytes(MIN_MEMORY_BYTES)} of memory are available`,
      }
    : { type, status: 'False', reason: 'SufficientMemory', message: 'enough memory is available' };
}

function diskPressure(disk: Disk | undefined, pressed: boolean): Condition {
  const type = 'DiskPressure';
  if (!disk) {
    return { type, status: 'Unknown', reason: 'EngineUnknown', message: "Docker's disk is not known yet" };
  }
  const margin = pressed ? RELIEF : 1;
  const full = disk.availableBytes < disk.totalBytes * MIN_DISK_SHARE * margin;
  const inodesUsedUp = disk.freeInodes < disk.totalInodes * MIN_INODE_SHARE * margin;
  if (!full && !inodesUsedUp) {
    return { type, status: 'False', reason: 'NoDiskPressure', message: 'enough disk space is free' };
  }
  const what = full ? `${MIN_DISK_SHARE * 100} % of its space` : `${MIN_INODE_SHARE * 100} % of its inodes`;
  const message = `Docker's disk has less than ${what} free: remove images or containers (docker system df)`;
  return { type, status: 'True', reason: 'DiskPressure', message };
}

function engineReady(engine: EngineHealth): Condition {
  const type = 'EngineReady';
  return 'version' in engine
    ? { type, status: 'True', reason: 'DockerReady', message: `Docker ${engine.version} answers` }
    : { type, status: 'False', reason: 'DockerUnavailable', message: engine.failure };
}

function memoryCgroup(enabled: boolean | undefined): Condition {
  const type = 'MemoryCgroup';
  if (enabled === true) {
    return { type, status: 'True', reason: 'Enabled', message: 'memory limits are enforced' };
  }
  if (enabled === undefined) {
    return { type, status: 'Unknown', reason: 'Unknown', message: 'the kernel does not tell of its cgroups' };
  }
  const message =
    "the kernel's memory cgroup is off, so memory limits have no effect: add 'cgroup_enable=memory cgroup_memory=1' to the kernel's command line and reboot";
  return { type, status: 'False', reason: 'Disabled', message };
}

function mebibytes(bytes: number): string {
  return `${bytes / 2 ** 20} MiB`;
}
