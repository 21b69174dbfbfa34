// Which kernel settings a pod may have of its own: those that reach no further than its own namespaces and harm nobody,
// and what the machine's owner allows beside them.
import type { Pod } from '../../common/pod.ts';

type Namespace = 'IPC' | 'Net';

const SAFE: Readonly<Record<string, Namespace>> = {
  'kernel.shm_rmid_forced': 'IPC',
  'net.ipv4.ip_local_port_range': 'Net',
  'net.ipv4.ip_local_reserved_ports': 'Net',
  'net.ipv4.ip_unprivileged_port_start': 'Net',
  'net.ipv4.ping_group_range': 'Net',
  'net.ipv4.tcp_fin_timeout': 'Net',
  'net.ipv4.tcp_keepalive_intvl': 'Net',
  'net.ipv4.tcp_keepalive_probes': 'Net',
  'net.ipv4.tcp_keepalive_time': 'Net',
  'net.ipv4.tcp_rmem': 'Net',
  'net.ipv4.tcp_syncookies': 'Net',
  'net.ipv4.tcp_wmem': 'Net',
};

/** Undefined for what has no namespace: it would be the whole machine's. */
export function sysctlNamespace(name: string): Namespace | undefined {
  if (/^(kernel\.(shm|msg|sem)|fs\.mqueue\.)/.test(name)) return 'IPC';
  return name.startsWith('net.') ? 'Net' : undefined;
}

/** `allowedUnsafe`: names, a `*` at the end stands for the rest. Undefined when all is well. */
export function forbiddenSysctl({ spec }: Pod, allowedUnsafe: readonly string[]): string | undefined {
  for (const { name } of spec.securityContext?.sysctls ?? []) {
    const dotted = withDots(name);
    const namespace =
      SAFE[dotted] ?? (isAllowed(dotted, allowedUnsafe) ? sysctlNamespace(dotted) : undefined);
    if (namespace === undefined) return `"${dotted}" not allowlisted`;
    const shared = namespace === 'Net' ? spec.hostNetwork : spec.hostIPC;
    if (shared) return `"${dotted}" not allowed with host ${namespace} enabled`;
  }
  return undefined;
}

/** As Docker takes them. */
export function podSysctls({ spec }: Pod): Readonly<Record<string, string>> {
  const sysctls = spec.securityContext?.sysctls ?? [];
  return Object.fromEntries(sysctls.map(({ name, value }) => [withDots(name), value]));
}

function isAllowed(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}

/** `net/ipv4/tcp_syncookies` is the same setting; a dot in it is then part of an interface's name. */
function withDots(name: string): string {
  const separator = /[./]/.exec(name)?.[0];
  if (separator !== '/') return name;
  return name.replace(/[./]/g, (sign) => (sign === '/' ? '.' : '/'));
}
