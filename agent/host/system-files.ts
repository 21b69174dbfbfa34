// Reads what Linux says of itself in small text files: pure parsers, text in, facts out. Undefined: it does not say.
import { known } from '../../common/known.ts';

/** PRETTY_NAME of os-release(5). */
export function parseOsRelease(text: string): string | undefined {
  const value = /^PRETTY_NAME=(.*)$/m.exec(text)?.[1]?.trim();
  return value?.replace(/^(["'])(.*)\1$/, '$2').replaceAll(/\\(["$`\\])/g, '$1') || undefined;
}

export interface MemoryFigures {
  readonly totalBytes: number;
  readonly availableBytes: number;
  /** Which nothing occupies, not even files that could be dropped. */
  readonly freeBytes?: number;
  /** Of processes, and not of files. */
  readonly anonymousBytes?: number;
  readonly swap?: { readonly totalBytes: number; readonly freeBytes: number };
}

/** /proc/meminfo. Kernels before 3.14 do not say what is available. */
export function parseMeminfo(text: string): MemoryFigures | undefined {
  const bytes = (field: string): number | undefined => {
    const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  };
  const totalBytes = bytes('MemTotal');
  if (totalBytes === undefined) return undefined;
  const fields = ['MemFree', 'AnonPages', 'SwapTotal', 'SwapFree'];
  const [freeBytes, anonymousBytes, swapBytes, freeSwapBytes] = fields.map(bytes);
  const tellsSwap = swapBytes !== undefined && freeSwapBytes !== undefined;
  return {
    ...{ totalBytes, availableBytes: bytes('MemAvailable') ?? totalBytes },
    ...known({ freeBytes, anonymousBytes }),
    ...(tellsSwap && { swap: { totalBytes: swapBytes, freeBytes: freeSwapBytes } }),
  };
}

/** How many processors a kernel CPU list names: `0-3,8`. */
export function countCpus(list: string): number | undefined {
  let count = 0;
  for (const range of list.trim().split(',')) {
    const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
    if (from === undefined) return undefined;
    count += Number(to ?? from) - Number(from) + 1;
  }
  return count;
}

/** The interface of the IPv4 default route with the lowest metric, from /proc/net/route. */
export function defaultRouteInterface(text: string): string | undefined {
  const routes = text
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .flatMap(([name, destination, , , , , metric, mask]) =>
      name && destination === '00000000' && mask === '00000000' ? [{ name, metric: Number(metric) }] : [],
    );
  return routes.sort((a, b) => a.metric - b.metric)[0]?.name;
}

export interface CgroupFiles {
  /** /sys/fs/cgroup/cgroup.controllers: there with cgroup v2 alone. */
  readonly controllers: string | undefined;
  /** /proc/cgroups, for version 1. */
  readonly subsystems: string | undefined;
}

/** Whether the kernel can limit the memory of containers. */
export function hasMemoryCgroup({ controllers, subsystems }: CgroupFiles): boolean | undefined {
  if (controllers !== undefined) return controllers.trim().split(/\s+/).includes('memory');
  if (subsystems === undefined) return undefined;
  return /^memory\t\d+\t\d+\t1$/m.test(subsystems);
}

/** Node.js' name for a processor architecture, as Go and Kubernetes name it. */
export function kubernetesArchitecture(nodeArchitecture: string): string {
  return { x64: 'amd64', ia32: '386' }[nodeArchitecture] ?? nodeArchitecture;
}
