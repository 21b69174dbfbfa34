// What the controller finds out about itself for `longshore doctor`: its rights, asked one by one of the API server as whom
// it uses them, its kubelet certificate, its agents. Its rights are asked after
// at most every few seconds, however many doctors there are.
import type { Clock } from '../common/clock.ts';
import { describeError } from '../common/errors.ts';
import { VERSION } from '../common/version.ts';
import type { Diagnosis } from '../proto/gen/longshore/v1/Diagnosis.ts';
import type { RightFinding } from '../proto/gen/longshore/v1/RightFinding.ts';
import type { ControllerConfig } from './config.ts';
import { reviewOwnAccess } from './kube/access-reviewer.ts';
import type { KubeClient } from './kube/client.ts';
import { describeRight, type Right, rightsUsed } from './model/rights.ts';
import type { NodeIdentity } from './node-identity.ts';
import type { Term } from './term.ts';

export interface DiagnosisOptions {
  readonly config: ControllerConfig;
  readonly client: KubeClient;
  readonly node: Pick<NodeIdentity, 'client' | 'isNode'>;
  readonly clock: Clock;
  readonly kubeletCertificate: () => {
    readonly pem: string;
    readonly byCluster: boolean;
    /** Its next one's request, which waits for an approval. */
    readonly awaiting: string | undefined;
  };
}

const FRESH_MS = 3000;

export function createDiagnosis(options: DiagnosisOptions): (term: Term) => Promise<Diagnosis> {
  const { clock } = options;
  let latest: { readonly rights: Promise<RightFinding[]>; readonly atMs: number } | undefined;
  return async (term) => {
    const nowMs = clock.monotonicMs();
    if (!latest || nowMs - latest.atMs > FRESH_MS) latest = { rights: reviewRights(options), atMs: nowMs };
    const rights = await latest.rights;
    const { pem, byCluster, awaiting = '' } = options.kubeletCertificate();
    const trouble = term.trouble();
    return {
      controllerVersion: VERSION,
      timeMs: clock.now(),
      trouble: trouble ? describeError(trouble) : '',
      rights,
      kubeletCertificatePem: pem,
      kubeletCertificateByCluster: byCluster,
      kubeletCertificateRequest: awaiting,
      agents: term.view.health(),
    };
  };
}

async function reviewRights({ config, client, node }: DiagnosisOptions): Promise<RightFinding[]> {
  const { namespace, pod } = config;
  const nodeName = config.nodes === 'one' ? config.nodeName : undefined;
  // What the Node authorizer grants pod by pod cannot be asked for as a whole.
  const askable = ({ identity, asNode }: Right) => identity === 'controller' || asNode || !node.isNode();
  const rights = rightsUsed({ nodeName, namespace, inCluster: pod !== undefined }).filter(askable);
  return await Promise.all(
    rights.map(async ({ attributes, purpose, identity }): Promise<RightFinding> => {
      const through = identity === 'node' ? node.client : client;
      const about = {
        right: describeRight(attributes),
        namespace: attributes.namespace ?? '',
        purpose,
        identity,
      };
      try {
        return { ...about, ...(await reviewOwnAccess(through, attributes)) };
      } catch (error) {
        return { ...about, allowed: false, reason: `not answered: ${describeError(error)}` };
      }
    }),
  );
}
