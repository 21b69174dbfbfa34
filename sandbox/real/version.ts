// The one Kubernetes release that this project builds and tests against. test/control-plane/go.mod pins its modules.
import { join } from 'node:path';

export const KUBERNETES_VERSION = 'v1.36.3';

/** Where `npm run control-plane:build` leaves its binaries: outside the repository, a folder for each release. */
export function controlPlaneCache(env: NodeJS.ProcessEnv, home: string): string {
  const cache = env['XDG_CACHE_HOME'] || join(home, '.cache');
  return join(cache, 'longshore', 'control-plane', KUBERNETES_VERSION);
}
