// Reads what this machine is and has, in the form the controller is told it. Every file is optional: what a machine does
// not say is left empty.
import { readFile, statfs } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describeError } from '../../common/errors.ts';
import { parseQuantity, wholeUnits } from '../../common/quantity.ts';
import { type Interfaces, machineAddresses } from './addresses.ts';
import { type Condition, type Disk, machineConditions } from './machine-conditions.ts';
import { offerResources, type Quantities } from './resources.ts';
import {
  countCpus,
  defaultRouteInterface,
  hasMemoryCgroup,
  kubernetesArchitecture,
  parseMeminfo,
  parseOsRelease,
} from './system-files.ts';

export interface MachineFacts {
  readonly hostname: string;
  readonly os: string;
  readonly arch: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  readonly machineId: string;
  readonly systemUuid: string;
  readonly engineVersion: string;
  readonly addresses: string[];
  readonly capacity: Record<string, string>;
  readonly allocatable: Record<string, string>;
  readonly conditions: Condition[];
}

/** What is asked of Docker, whatever asks it. */
export interface EngineInfo {
  readonly version: string;
  /** Where Docker keeps images and containers. */
  readonly rootDir: string;
}

export interface MachineOptions {
  /** Rejects while Docker cannot be asked. */
  readonly engineInfo: () => Promise<EngineInfo>;
  /** The owner's `--capacity` and `--reserve`. */
  readonly capacity: Quantities;
  readonly reserve: Quantities;
  /** Where the machine's file tree begins. Default `/`. */
  readonly root?: string;
  readonly interfaces?: () => Interfaces;
}

/** The machine as it is now. Pass what was read before: it keeps conditions from flapping, and what Docker said known. */
export async function readMachineFacts(
  options: MachineOptions,
  before?: MachineFacts,
): Promise<MachineFacts> {
  const { root = '/', interfaces = networkInterfaces } = options;
  const text = async (path: string) => (await readText(join(root, path)))?.trim() ?? '';
  const engine = await options.engineInfo().then(
    (info) => info,
    (error: unknown) => ({ failure: describeError(error) }),
  );
  const disk = 'rootDir' in engine ? await readDisk(join(root, engine.rootDir)) : undefined;
  const memory = parseMeminfo(await text('proc/meminfo')) ?? { totalBytes: 0, availableBytes: 0 };
  const measured = {
    cpus: countCpus(await text('sys/devices/system/cpu/online')) ?? 1,
    memoryBytes: memory.totalBytes,
    storageBytes: disk?.totalBytes ?? storageBefore(before),
  };
  const offer = offerResources(measured, options);
  return {
    hostname: await text('proc/sys/kernel/hostname'),
    os: 'linux',
    arch: kubernetesArchitecture(process.arch),
    kernelVersion: await text('proc/sys/kernel/osrelease'),
    osImage: parseOsRelease((await text('etc/os-release')) || (await text('usr/lib/os-release'))) ?? 'Linux',
    machineId: await text('etc/machine-id'),
    systemUuid: (await text('sys/class/dmi/id/product_uuid')).toLowerCase(),
    engineVersion: 'version' in engine ? engine.version : '',
    addresses: machineAddresses(interfaces(), defaultRouteInterface(await text('proc/net/route'))),
    capacity: { ...offer.capacity },
    allocatable: { ...offer.allocatable },
    conditions: machineConditions(
      {
        memoryAvailableBytes: memory.availableBytes,
        disk,
        engine,
        memoryCgroup: await readMemoryCgroup(root),
      },
      before?.conditions ?? [],
    ),
  };
}

function storageBefore(before: MachineFacts | undefined): number | undefined {
  const quantity = parseQuantity(before?.capacity['ephemeral-storage'] ?? '');
  return quantity === undefined ? undefined : wholeUnits(quantity);
}

/** The kernel's id of this boot; containers of another boot have surely stopped. */
export async function readBootId(root = '/'): Promise<string> {
  return (await readFile(join(root, 'proc/sys/kernel/random/boot_id'), 'utf8')).trim();
}

async function readMemoryCgroup(root: string): Promise<boolean | undefined> {
  return hasMemoryCgroup({
    controllers: await readText(join(root, 'sys/fs/cgroup/cgroup.controllers')),
    subsystems: await readText(join(root, 'proc/cgroups')),
  });
}

export async function readDisk(path: string): Promise<Disk | undefined> {
  try {
    const { bsize, blocks, bavail, files, ffree } = await statfs(path);
    return {
      totalBytes: blocks * bsize,
      availableBytes: bavail * bsize,
      totalInodes: files,
      freeInodes: ffree,
    };
  } catch {
    return undefined;
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
