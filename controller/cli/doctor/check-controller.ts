// From here to the controller, and from the controller to the API server.
import { VERSION } from '../../../common/version.ts';
import { formatDuration } from '../age.ts';
import { type Check, fail, ok, warn } from './check.ts';

const controller: Check = {
  name: 'controller',
  hop: 'here -> controller',
  needs: ['your rights'],
  async run({ fleet, diagnosis }) {
    await fleet();
    const { controllerVersion } = diagnosis();
    if (controllerVersion === VERSION)
      return ok(`answers, version ${controllerVersion}, its certificate and your token hold`);
    return warn(
      `answers with version ${controllerVersion}, this CLI is ${VERSION}`,
      'use the CLI of the controller’s release: newer commands are unknown to it',
    );
  },
};

const following: Check = {
  name: 'controller follows the cluster',
  hop: 'controller -> API server',
  needs: ['controller'],
  async run({ diagnosis, nowMs }) {
    const { trouble, timeMs } = diagnosis();
    const aheadMs = timeMs - nowMs();
    const clock =
      Math.abs(aheadMs) > 60_000
        ? [
            warn(
              `its clock is ${apart(aheadMs, "this machine's")}`,
              'set both by NTP: certificates and tokens depend on it',
            ),
          ]
        : [];
    const state = trouble
      ? fail(trouble, "see the controller's log; nothing new reaches pods until this is mended")
      : ok('it is the leader and its watches are up');
    return [state, ...clock];
  },
};

const rights: Check = {
  name: "controller's rights",
  hop: 'controller -> API server',
  needs: ['controller'],
  async run({ diagnosis }) {
    const all = diagnosis().rights;
    const missing = all.filter(({ allowed }) => !allowed);
    if (missing.length === 0) return ok(`all ${all.length} that it uses`);
    return missing.map(({ right, namespace, purpose, reason, identity }) => {
      const where = namespace ? ` in ${namespace}` : '';
      const words = reason ? ` (${reason})` : '';
      const file = identity === 'node' ? 'deploy/base/node.yaml' : 'deploy/base/controller.yaml';
      return fail(
        `the ${identity} may not ${right}${where}, for ${purpose}${words}`,
        `kubectl apply -f ${file}`,
      );
    });
  },
};

export const CONTROLLER_CHECKS: readonly Check[] = [controller, following, rights];

/** `61s ahead of the controller`. */
export function apart(aheadMs: number, other: string): string {
  const ms = Math.abs(aheadMs);
  const amount = ms < 10_000 ? `${(ms / 1000).toFixed(1)}s` : formatDuration(ms);
  return `${amount} ${aheadMs < 0 ? 'behind' : 'ahead of'} ${other}`;
}
