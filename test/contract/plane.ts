// The control planes that the suite drives, one of each kind for all of it, and the credentials to talk to them.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { systemClock } from '../../common/clock.ts';
import { createLog } from '../../common/log.ts';
import { startBuiltinControlPlane } from '../../sandbox/builtin/control-plane.ts';
import type { ControlPlaneBinaries } from '../../sandbox/real/binaries.ts';
import { startRealControlPlane } from '../../sandbox/real/control-plane.ts';

export interface Plane extends AsyncDisposable {
  readonly url: string;
  readonly ca: string;
  /** The administrator's. */
  readonly certificate: string;
  readonly key: string;
}

/** What would write to a scenario's objects in its own time, and is not what is compared. */
const STILL_CONTROLLERS = ['ttl-controller', 'pod-garbage-collector-controller'];

export function startBuiltin(): Promise<Plane> {
  return startPlane(async (dir) =>
    startBuiltinControlPlane({
      dir,
      clock: systemClock,
      log: createLog({ name: 'test', level: 'silent' }),
    }),
  );
}

export function startReal(binaries: ControlPlaneBinaries): Promise<Plane> {
  return startPlane(async (dir) =>
    startRealControlPlane({
      dir,
      binaries,
      listen: { host: '127.0.0.1', port: 0 },
      alsoListen: [],
      extraFlags: {
        'kube-controller-manager': [
          `--controllers=*,${STILL_CONTROLLERS.map((name) => `-${name}`).join(',')}`,
        ],
      },
      clock: systemClock,
      log: createLog({ name: 'test', level: 'silent' }),
      signal: new AbortController().signal,
    }),
  );
}

async function startPlane(
  start: (dir: string) => Promise<AsyncDisposable & { readonly url: string; readonly kubeconfig: string }>,
): Promise<Plane> {
  await using stack = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'longshore-contract-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true }));
  const { url, kubeconfig } = stack.use(await start(dir));
  const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8'));
  const text = (base64: string) => Buffer.from(base64, 'base64').toString();
  const owned = stack.move();
  return {
    url,
    ca: text(clusters[0].cluster['certificate-authority-data']),
    certificate: text(users[0].user['client-certificate-data']),
    key: text(users[0].user['client-key-data']),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
