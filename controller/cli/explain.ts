// `longshore explain`: what becomes of a pod, and why: one timeline of everybody who had to do with it.
import type { Command } from 'commander';
import { errorCode, LongshoreError } from '../../common/errors.ts';
import type { Pod } from '../../common/pod.ts';
import type { CliDeps } from './deps.ts';
import { advise } from './explain/advice.ts';
import { type Explained, renderExplained } from './explain/explain-view.ts';
import { readPodStatus } from './explain/pod-status.ts';
import { timeline } from './explain/timeline.ts';
import { parseNamespace, parsePodName } from './flag-values.ts';
import { type FleetFlags, fleetCommand, print, withCluster, withFleet } from './fleet-command.ts';
import { readEvents } from './read-events.ts';

interface ExplainFlags extends FleetFlags {
  readonly podNamespace: string;
}

export function addExplain(program: Command, deps: CliDeps): void {
  fleetCommand(program, {
    name: 'explain',
    summary: 'Explain what becomes of a pod, and why',
    description:
      'Explain what becomes of a pod, and why: where it was placed and what every agent was found to be for it, what its machine did with it, and, where it does not get on, what would have to change.',
    examples: [
      'longshore explain web-7d4b9c-x2x8k',
      'longshore explain crash -n batch',
      "longshore explain big -o json | jq '.advice'",
    ],
  })
    .argument('<pod>', 'the pod', parsePodName)
    .option('-n, --pod-namespace <name>', 'the namespace of the pod', parseNamespace, 'default')
    .action(async (name: string, flags: ExplainFlags) => {
      const namespace = flags.podNamespace;
      const explained = await explain(deps, flags, { namespace, name });
      await print(deps, flags, {
        data: explained,
        render: (view) => renderExplained(explained, view),
      });
    });
}

interface PodName {
  readonly namespace: string;
  readonly name: string;
}

async function explain(deps: CliDeps, flags: FleetFlags, { namespace, name }: PodName): Promise<Explained> {
  const [explanation, ofPod] = await Promise.all([
    withFleet(deps, flags, (fleet) => fleet.explain({ namespace, name })).catch(async (error: unknown) => {
      throw errorCode(error) === 'not-found' ? await elsewhere(deps, flags, { namespace, name }) : error;
    }),
    readEvents(deps, flags, { namespace, fields: `involvedObject.kind=Pod,involvedObject.name=${name}` }),
  ]);
  const { pod, agent, statusJson, nodeName, deletedAtMs, verdicts } = explanation;
  if (!pod) throw new LongshoreError('internal', 'the controller explained no pod');
  const ofAgent = agent
    ? await readEvents(deps, flags, { fields: `involvedObject.kind=Agent,involvedObject.name=${agent.name}` })
    : { events: [] };
  const status = readPodStatus(statusJson);
  const situation = { pod, agent, status, deletedAtMs, verdicts };
  return {
    ...situation,
    nodeName,
    advice: advise(situation),
    timeline: timeline({
      ...{ createdAtMs: pod.createdAtMs, deletedAtMs, agent: pod.agent, status },
      // A pod of the same name may have been before it.
      events: ofPod.events.filter(({ objectUid }) => objectUid === pod.uid),
      agentEvents: ofAgent.events,
    }),
    eventsProblem: ofPod.problem,
  };
}

/** Why the controller knows nothing of it, as far as the kubeconfig's user may see. */
async function elsewhere(
  deps: CliDeps,
  flags: FleetFlags,
  { namespace, name }: PodName,
): Promise<LongshoreError> {
  const pod = await withCluster(deps, flags, (cluster) => cluster.pod(namespace, name, deps.signal));
  if (!pod) {
    return new LongshoreError(
      'not-found',
      `there is no pod '${namespace}/${name}': name its namespace with -n`,
    );
  }
  return new LongshoreError('precondition', whyNotOurs(pod));
}

const OUR_TAINT = 'virtual-kubelet.io/provider';

function whyNotOurs({ metadata, spec, status }: Pod): string {
  const pod = `the pod '${metadata.namespace}/${metadata.name}'`;
  if (spec.nodeName)
    return `${pod} runs on the node ${spec.nodeName}, which is not of this controller: kubectl describe pod`;
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  const why = scheduled?.message ? `: ${scheduled.message}` : '';
  const hint = why.includes(OUR_TAINT) ? ` (it needs a toleration of ${OUR_TAINT})` : '';
  return `${pod} is bound to no node yet, the scheduler decides${why}${hint}`;
}
