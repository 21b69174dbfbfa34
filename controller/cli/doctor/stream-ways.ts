// The two ways to a stream of the doctor's pod: through the API server, and at the kubelet port where that can be dialled.
import type { Endpoint } from '../stream-client.ts';
import { type DoctorContext, type Finding, skip } from './check.ts';
import type { ProbePod } from './probe-pod.ts';

export interface StreamWays {
  readonly pod: ProbePod;
  readonly api: Endpoint;
  readonly atPort: Endpoint | undefined;
}

/** Or why nothing can be tried. */
export async function findWays(context: DoctorContext): Promise<StreamWays | Finding> {
  if (!hasAgent(context)) return skip('no agent is connected');
  const api = await context.cluster.endpoint();
  if (!api) return skip('a proxy is between here and the API server: streams are not looked at through it');
  const pod = await context.probePod().catch((error: unknown) => {
    if (context.signal?.aborted) throw error;
    return undefined;
  });
  if (!pod) return skip('there is no pod to try it on');
  return { pod, api, atPort: await context.kubeletEndpoint().catch(() => undefined) };
}

export const hasAgent = ({ diagnosis }: DoctorContext) =>
  diagnosis().agents.some(({ connected }) => connected);

export const objectPath = ({ namespace, name }: ProbePod) => `/api/v1/namespaces/${namespace}/pods/${name}`;
export const containerPath = ({ namespace, name, container }: ProbePod) =>
  `${namespace}/${name}/${container}`;

/** A container's own streams, as each server has them asked for. */
export const attachPaths = {
  api: (pod: ProbePod) =>
    `${objectPath(pod)}/attach?container=${pod.container}&stdin=true&stdout=true&tty=true`,
  port: (pod: ProbePod) => `/attach/${containerPath(pod)}?input=1&output=1&tty=1`,
};
