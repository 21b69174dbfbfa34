// `longshore doctor`: goes every way that Longshore depends on, and says which hop fails and what to do.

import type { Command } from 'commander';
import { LongshoreError } from '../../common/errors.ts';
import type { Diagnosis__Output } from '../../proto/gen/longshore/v1/Diagnosis.ts';
import type { Cluster } from './cluster.ts';
import type { CliDeps } from './deps.ts';
import type { CheckResult, DoctorContext } from './doctor/check.ts';
import { CHECKS } from './doctor/checks.ts';
import { renderResult, renderSummary } from './doctor/doctor-view.ts';
import { openKubeletEndpoint } from './doctor/kubelet-endpoint.ts';
import { type OpenProbePod, openProbePod } from './doctor/probe-pod.ts';
import { runChecks, worst } from './doctor/run-checks.ts';
import { EXIT, ExitWith } from './exit-code.ts';
import type { Fleet } from './fleet-client.ts';
import {
  connect,
  type FleetFlags,
  fleetCommand,
  isForPeople,
  print,
  viewOf,
  withCluster,
} from './fleet-command.ts';
import { nodeOfAgent } from './fleet-nodes.ts';
import type { Endpoint } from './stream-client.ts';

export function addDoctor(program: Command, deps: CliDeps): void {
  fleetCommand(program, {
    name: 'doctor',
    summary: 'Find out what is wrong, and what to do',
    description:
      'Go every way that Longshore depends on: from here to the API server and the controller, from the controller to the API server with each of its rights, from the API server to the kubelet port, and to the machines. Says which hop fails and what to do. Ends with 0 when nothing failed, with 1 otherwise.',
    examples: [
      'longshore doctor',
      'longshore doctor -o json | jq \'.results[].findings[] | select(.outcome == "fail")\'',
    ],
  }).action(async (flags: FleetFlags) => {
    const view = viewOf(deps, flags);
    const tell = (result: CheckResult) => {
      if (isForPeople(flags)) deps.stdout.write(renderResult(result, view));
    };
    const results = await withCluster(deps, flags, async (cluster) => {
      await using context = createContext(deps, flags, cluster);
      return await runChecks(CHECKS, context, tell);
    });
    const outcome = worst(results.flatMap(({ findings }) => findings));
    await print(deps, flags, {
      data: { outcome, results },
      render: () => renderSummary(results, view),
    });
    if (outcome === 'fail') throw new ExitWith(EXIT.failure);
  });
}

function createContext(deps: CliDeps, flags: FleetFlags, cluster: Cluster): DoctorContext & AsyncDisposable {
  const { clock, signal } = deps;
  let opened: Promise<Fleet> | undefined;
  let diagnosis: Diagnosis__Output | undefined;
  let nodeName: string | undefined;
  const known = <Value>(value: Value | undefined): Value => {
    if (value === undefined) throw new LongshoreError('internal', 'asked before the controller was');
    return value;
  };
  const open = async (): Promise<Fleet> => {
    const fleet = await connect(deps, flags);
    [{ nodeName }, diagnosis] = await Promise.all([fleet.status(), fleet.diagnose()]);
    return fleet;
  };
  const fleet = () => {
    opened ??= open();
    return opened;
  };
  const node = () => {
    const { agents } = known(diagnosis);
    const ready = agents.find(({ connected }) => connected) ?? agents[0];
    return nodeOfAgent(known(nodeName), ready?.name);
  };
  const someNode = () => {
    const name = node();
    if (name === undefined) throw new LongshoreError('unavailable', 'there is no node yet');
    return name;
  };
  let probe: OpenProbePod | undefined;
  let endpoint: Promise<Endpoint> | undefined;
  return {
    ...{ cluster, namespace: flags.namespace, fleet, nowMs: () => clock.now(), ...(signal && { signal }) },
    diagnosis: () => known(diagnosis),
    nodeName: node,
    probePod: () => {
      probe ??= openProbePod(
        { ...{ cluster, clock, namespace: flags.namespace }, nodeName: someNode() },
        signal,
      );
      return probe.running;
    },
    async kubeletEndpoint() {
      const certificatePem = known(diagnosis).kubeletCertificatePem;
      endpoint ??= openKubeletEndpoint({ cluster, nodeName: someNode(), certificatePem }, signal);
      return endpoint;
    },
    streams: () => deps.streamClient(),
    async [Symbol.asyncDispose]() {
      await probe?.[Symbol.asyncDispose]();
      (await opened?.catch(() => undefined))?.[Symbol.dispose]();
    },
  };
}
