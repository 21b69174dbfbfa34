// What those of the machine's own programs use that pods need: this agent, and the engine where it has a control group of
// its own, as systemd gives it one. Where it has none nothing is said of it.
import type { ServiceStats } from '../../proto/gen/longshore/v1/ServiceStats.ts';
import { readGroup } from './cgroup-files.ts';
import { type CgroupRoots, findGroup } from './container-group.ts';

export interface ServiceMeterDeps {
  readonly roots: Pick<CgroupRoots, 'cgroup'>;
  /** Of this process. */
  readonly own: () => { readonly cpuUsec: number; readonly memoryBytes: number };
}

const ENGINE = ['docker', 'containerd', 'podman'].map((name) => `system.slice/${name}.service`);

export function measureServices({ roots, own }: ServiceMeterDeps): ServiceStats[] {
  const { cpuUsec, memoryBytes } = own();
  const agent = {
    ...{ name: 'agent', cpu: { usageUsec: cpuUsec } },
    memory: { usageBytes: memoryBytes, workingSetBytes: memoryBytes, rssBytes: memoryBytes },
  };
  const groups = ENGINE.flatMap((path) => findGroup(path, roots) ?? []);
  const parts = groups.flatMap((group) => readGroup(group) ?? []);
  if (parts.length === 0) return [agent];
  const sum = (of: (part: (typeof parts)[number]) => number) =>
    parts.reduce((total, part) => total + of(part), 0);
  const engine = {
    ...{ name: 'engine', cpu: { usageUsec: sum((part) => part.cpuUsec) } },
    memory: {
      usageBytes: sum(({ memory }) => memory.usageBytes),
      workingSetBytes: sum(({ memory }) => memory.workingSetBytes),
    },
  };
  return [agent, engine];
}
