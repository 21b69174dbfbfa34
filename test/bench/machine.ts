// The machine that was measured on, in the words of a reader who wants to compare it with another.
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import type Docker from 'dockerode';
import { parseOsRelease } from '../../agent/host/system-files.ts';

export interface MachineDescription {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly docker: string;
  readonly node: string;
}

export async function describeMachine(docker: Docker): Promise<MachineDescription> {
  const { ServerVersion, Driver, CgroupVersion } = await docker.info();
  const system = parseOsRelease(readFileSync('/etc/os-release', 'utf8')) ?? 'Linux';
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${system}, kernel ${release()}`,
    docker: `${ServerVersion}, ${Driver}, cgroup v${CgroupVersion ?? '1'}`,
    node: process.version,
  };
}
