// What the demo prints, as text: tables, logs and the commands to type next. Pure.

export interface PodRow {
  readonly name: string;
  readonly ready: string;
  readonly status: string;
  readonly restarts: number;
  readonly age: string;
  readonly ip: string;
  readonly node: string;
}

/** One container in Docker, and the way its pod came there. */
export interface ContainerRow {
  readonly pod: string;
  readonly boundBy: string;
  readonly agent: string;
  readonly container: string;
  readonly dockerId: string;
  readonly dockerStatus: string;
}

export interface LogRow {
  readonly pod: string;
  readonly container: string;
  readonly text: string;
}

export function podTable(pods: readonly PodRow[]): string {
  return table(
    ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'IP', 'NODE'],
    pods.map(({ name, ready, status, restarts, age, ip, node }) => [
      name,
      ready,
      status,
      String(restarts),
      age,
      ip,
      node,
    ]),
  );
}

export function containerTable(rows: readonly ContainerRow[]): string {
  return table(
    ['POD', 'BOUND BY', 'AGENT', 'CONTAINER', 'DOCKER ID', 'DOCKER STATUS'],
    rows.map((row) => [
      row.pod,
      row.boundBy,
      row.agent,
      row.container,
      row.dockerId.slice(0, 12),
      row.dockerStatus,
    ]),
  );
}

export function logTable(logs: readonly LogRow[]): string {
  const rows = logs.flatMap(({ pod, container, text }) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => [pod, container, line]),
  );
  return table(['POD', 'CONTAINER', 'LOG'], rows);
}

export interface NextSteps {
  readonly kubeconfig: string;
  /** The folder the commands are for: the checkout. */
  readonly checkout: string;
  readonly manifest: string;
  /** Where the sandbox is, when not in the checkout's own place. */
  readonly dir: string | undefined;
  readonly hasKubectl: boolean;
}

export function nextSteps({ kubeconfig, checkout, manifest, dir, hasKubectl }: NextSteps): string {
  const down = `npx longshore sandbox down${dir === undefined ? '' : ` --dir ${shellWord(dir)}`}`;
  return `The sandbox goes on running. Things to try:

  cd ${shellWord(checkout)}
  export KUBECONFIG=${shellWord(kubeconfig)}
  kubectl get nodes,pods,agents -o wide
  kubectl describe pod crash-loop
  kubectl logs -f two-containers -c reader      # until Ctrl-C
  kubectl delete pod pinned
  kubectl apply -f ${manifest}      # and there it is again
  npx longshore agents list
  npx longshore pods list
${hasKubectl ? '' : NO_KUBECTL}
Stop it all, containers included:

  ${down}
`;
}

const NO_KUBECTL = `
There is no kubectl on this machine. Debian has one (sudo apt-get install kubernetes-client), so has Ubuntu
(sudo snap install kubectl --classic); for others see https://kubernetes.io/docs/tasks/tools/
`;

/** As it is typed in a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('   ');
  return all.map((row) => `${line(row).trimEnd()}\n`).join('');
}
