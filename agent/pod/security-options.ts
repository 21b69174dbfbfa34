// securityContext as Docker's options. What a container says wins over what its pod says.
import type { Pod } from '../../common/pod.ts';
import type { PodContainer } from './pod-containers.ts';

export interface SecurityOptions {
  readonly User?: string;
  readonly GroupAdd?: string[];
  readonly CapAdd?: string[];
  readonly CapDrop?: string[];
  readonly Privileged: boolean;
  readonly ReadonlyRootfs: boolean;
  readonly SecurityOpt: string[];
}

export function securityOptions(pod: Pod, container: PodContainer): SecurityOptions {
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  const groups = [
    ...(shared.supplementalGroups ?? []),
    ...(shared.fsGroup === undefined ? [] : [shared.fsGroup]),
  ];
  const capabilities = own.capabilities ?? {};
  return {
    ...user(own.runAsUser ?? shared.runAsUser, own.runAsGroup ?? shared.runAsGroup),
    ...(groups.length > 0 ? { GroupAdd: groups.map(String) } : {}),
    ...(capabilities.add?.length ? { CapAdd: [...capabilities.add] } : {}),
    ...(capabilities.drop?.length ? { CapDrop: [...capabilities.drop] } : {}),
    Privileged: own.privileged ?? false,
    ReadonlyRootfs: own.readOnlyRootFilesystem ?? false,
    SecurityOpt: [
      ...seccomp(own.seccompProfile?.type ?? shared.seccompProfile?.type),
      ...appArmor(own.appArmorProfile?.type ?? shared.appArmorProfile?.type),
      ...seLinux(own.seLinuxOptions ?? shared.seLinuxOptions),
      ...(own.allowPrivilegeEscalation === false ? ['no-new-privileges'] : []),
    ],
  };
}

/** Only then does it matter which user the image names. */
export function mustBeNonRoot(pod: Pod, container: PodContainer): boolean {
  return container.securityContext?.runAsNonRoot ?? pod.spec.securityContext?.runAsNonRoot ?? false;
}

/** Undefined when the container may start; `imageUser` is the image's USER. */
export function nonRootProblem(pod: Pod, container: PodContainer, imageUser: string): string | undefined {
  if (!mustBeNonRoot(pod, container)) return undefined;
  const uid = container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
  if (uid !== undefined) {
    return uid === 0 ? "container's runAsUser breaks non-root policy" : undefined;
  }
  const name = imageUser.split(':')[0] ?? '';
  if (name === '' || /^0+$/.test(name)) return 'container has runAsNonRoot and image will run as root';
  if (/^\d+$/.test(name)) return undefined;
  return `container has runAsNonRoot and image has non-numeric user (${name}), cannot verify user is non-root`;
}

function user(uid: number | undefined, gid: number | undefined): { User?: string } {
  if (uid === undefined && gid === undefined) return {};
  return { User: gid === undefined ? `${uid}` : `${uid ?? 0}:${gid}` };
}

/** Kubernetes' default is no seccomp profile, Docker's is one. */
function seccomp(type: string | undefined): string[] {
  return type === undefined || type === 'Unconfined' ? ['seccomp=unconfined'] : [];
}

function appArmor(type: string | undefined): string[] {
  return type === 'Unconfined' ? ['apparmor=unconfined'] : [];
}

function seLinux(options: Readonly<Record<string, string | undefined>> | undefined): string[] {
  return ['user', 'role', 'type', 'level'].flatMap((part) => {
    const value = options?.[part];
    return value ? [`label=${part}:${value}`] : [];
  });
}
