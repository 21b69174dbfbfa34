// The built-in control plane for one test file, and our client to it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { systemClock } from '../../common/clock.ts';
import { createLog } from '../../common/log.ts';
import { createKubeClient, type KubeClient } from '../../controller/kube/client.ts';
import { type ControlPlane, startBuiltinControlPlane } from '../../sandbox/builtin/control-plane.ts';

export const tools = { clock: systemClock, log: createLog({ name: 'test', level: 'silent' }) };

/** Where what is the controller's own lies; it is made with the plane. */
export const NAMESPACE = 'longshore-system';

/** To be called once in a file. `use` gets what all of its tests share. */
export function onKubePlane(
  use: (made: { readonly plane: ControlPlane; readonly client: KubeClient }) => void,
): void {
  let end: AsyncDisposableStack | undefined;
  before(async () => {
    await using stack = new AsyncDisposableStack();
    const dir = mkdtempSync(join(tmpdir(), 'kube-'));
    stack.defer(() => rmSync(dir, { recursive: true }));
    const plane = stack.use(await startBuiltinControlPlane({ dir, scheduler: false, ...tools }));
    const client = stack.use(createKubeClient({ kubeconfigPath: plane.kubeconfig, ...tools }));
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
    await client.request({ method: 'POST', path: '/api/v1/namespaces', body });
    end = stack.move();
    use({ plane, client });
  });
  after(() => end?.[Symbol.asyncDispose]());
}

/** Runs loops for as long as `act` does. */
export async function during(
  loops: readonly { run(signal: AbortSignal): Promise<void> }[],
  act: () => Promise<void>,
): Promise<void> {
  const abort = new AbortController();
  const running = Promise.all(loops.map((loop) => loop.run(abort.signal)));
  try {
    await act();
  } finally {
    abort.abort();
    await running;
  }
}
