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
  /** Absent: the engine's own list; empty: nothing of /proc is hidden. */
  readonly MaskedPaths?: string[];
  readonly ReadonlyPaths?: string[];
}

/** What the options depend on beside the pod. */
export interface SecurityFacts {
  /** The image's USER; empty for root. Matters where `asksForImageUser`. */
  readonly imageUser: string;
  /** The text of the profile that the container names. */
  readonly seccompProfile: string | undefined;
}

export function securityOptions(pod: Pod, container: PodContainer, facts: SecurityFacts): SecurityOptions {
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  const groups = [
    ...(shared.supplementalGroups ?? []),
    ...(shared.fsGroup === undefined ? [] : [shared.fsGroup]),
  ];
  const capabilities = own.capabilities ?? {};
  return {
    ...user(
      own.runAsUser ?? shared.runAsUser ?? undefined,
      own.runAsGroup ?? shared.runAsGroup,
      facts.imageUser,
    ),
    ...(groups.length > 0 ? { GroupAdd: groups.map(String) } : {}),
    ...(capabilities.add?.length ? { CapAdd: [...capabilities.add] } : {}),
    ...(capabilities.drop?.length ? { CapDrop: [...capabilities.drop] } : {}),
    Privileged: own.privileged ?? false,
    ReadonlyRootfs: own.readOnlyRootFilesystem ?? false,
    SecurityOpt: [
      ...seccomp(seccompOf(pod, container)?.type, facts.seccompProfile),
      ...appArmor(own.appArmorProfile ?? shared.appArmorProfile),
      ...seLinux(own.seLinuxOptions ?? shared.seLinuxOptions),
      ...(own.allowPrivilegeEscalation === false ? ['no-new-privileges'] : []),
    ],
    ...(own.procMount === 'Unmasked' && !own.privileged ? { MaskedPaths: [], ReadonlyPaths: [] } : {}),
  };
}

/** Below the folder of profiles on the machine; undefined when the container names none. */
export function seccompProfilePath(pod: Pod, container: PodContainer): string | undefined {
  const profile = seccompOf(pod, container);
  return profile?.type === 'Localhost' ? (profile.localhostProfile ?? '') : undefined;
}

/** Only then does it matter which user the image names. */
export function asksForImageUser(pod: Pod, container: PodContainer): boolean {
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  const groupAlone =
    (own.runAsUser ?? shared.runAsUser) === undefined && (own.runAsGroup ?? shared.runAsGroup) !== undefined;
  return groupAlone || mustBeNonRoot(pod, container);
}

function mustBeNonRoot(pod: Pod, container: PodContainer): boolean {
  return container.securityContext?.runAsNonRoot ?? pod.spec.securityContext?.runAsNonRoot ?? false;
}

/** Undefined when the container may start; `imageUser` is the image's USER. */
export function nonRootProblem(pod: Pod, container: PodContainer, imageUser: string): string | undefined {
  if (!mustBeNonRoot(pod, container)) return undefined;
  const { name: podName, namespace, uid: podUid } = pod.metadata;
  const where = `(pod: "${podName}_${namespace}(${podUid})", container: ${container.name})`;
  const uid = container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
  if (uid !== undefined) {
    return uid === 0 ? `container's runAsUser breaks non-root policy ${where}` : undefined;
  }
  const name = imageUser.split(':')[0] ?? '';
  if (name === '' || /^0+$/.test(name))
    return `container has runAsNonRoot and image will run as root ${where}`;
  if (/^\d+$/.test(name)) return undefined;
  return `container has runAsNonRoot and image has non-numeric user (${name}), cannot verify user is non-root ${where}`;
}

/** A group alone goes with the image's user. */
function user(uid: number | undefined, gid: number | undefined, imageUser: string): { User?: string } {
  if (gid === undefined) return uid === undefined ? {} : { User: `${uid}` };
  return { User: `${uid ?? (imageUser.split(':')[0] || 0)}:${gid}` };
}

/** None applies to a privileged container. */
function seccompOf(pod: Pod, { securityContext }: PodContainer) {
  if (securityContext?.privileged) return undefined;
  return securityContext?.seccompProfile ?? pod.spec.securityContext?.seccompProfile;
}

/** Kubernetes' default is no seccomp profile, Docker's is one. */
function seccomp(type: string | undefined, profile: string | undefined): string[] {
  if (type === undefined || type === 'Unconfined') return ['seccomp=unconfined'];
  return profile === undefined ? [] : [`seccomp=${profile}`];
}

function appArmor(
  profile: { readonly type: string; readonly localhostProfile?: string } | undefined,
): string[] {
  if (profile?.type === 'Unconfined') return ['apparmor=unconfined'];
  return profile?.type === 'Localhost' ? [`apparmor=${profile.localhostProfile ?? ''}`] : [];
}

function seLinux(options: Readonly<Record<string, string | undefined>> | undefined): string[] {
  return ['user', 'role', 'type', 'level'].flatMap((part) => {
    const value = options?.[part];
    return value ? [`label=${part}:${value}`] : [];
  });
}
