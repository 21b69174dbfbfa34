// Whether a whole tree of mounts can be made read-only at once: Docker does it from version 25 on, Linux from 5.12 on.

export function canMountTreesReadOnly({
  engineVersion,
  kernelVersion,
}: {
  readonly engineVersion: string;
  readonly kernelVersion: string;
}): boolean {
  return atLeast(engineVersion, [25, 0]) && atLeast(kernelVersion, [5, 12]);
}

function atLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [, first, second] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(first) > major || (Number(first) === major && Number(second) >= minor);
}
