// How a machine becomes an agent. Joining is safe to repeat at any point: the token is bound to the machine's key before
// the Agent object is made, and an Agent object that holds that key is that machine, so the same request after a lost
// reply or a dead controller ends with the same identity.
import { X509Certificate } from 'node:crypto';
import type { AgentIdentity } from '../../common/agent-identity.ts';
import { errorCode, LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { JoinRequest__Output } from '../../proto/gen/longshore/v1/JoinRequest.ts';
import type { JoinResponse } from '../../proto/gen/longshore/v1/JoinResponse.ts';
import type { Removed } from '../../proto/gen/longshore/v1/Removed.ts';
import type { RenewRequest__Output } from '../../proto/gen/longshore/v1/RenewRequest.ts';
import type { RenewResponse } from '../../proto/gen/longshore/v1/RenewResponse.ts';
import { type Agent, isDeclaredGone } from '../model/agent.ts';
import { withoutMachineLabels } from '../model/placement/machine-labels.ts';
import type { AgentDirectory } from './agent-directory.ts';
import { decodeJoin, decodeRenew, type JoinAttempt } from './decode-enrollment.ts';
import {
  type CertifiedAgent,
  certifiedAgent,
  onceCertifiedAgent,
  type PeerCall,
  whyRevoked,
} from './peer.ts';
import { isToldRemoved } from './removal.ts';

/** What enrolment needs of the certificate authority. */
export interface CertificateIssuer<Request extends KeyRequest = KeyRequest> {
  readonly caPem: string;
  /** Rejects with `invalid`. */
  readRequest(der: Uint8Array): Promise<Request>;
  issueClient(request: Request, agent: AgentIdentity): Promise<string>;
}

export interface KeyRequest {
  readonly publicKeyDer: Buffer;
  readonly publicKeyHash: string;
  /** A hint, never trusted. */
  readonly commonName: string;
}

/** What enrolment needs of the join tokens. Both reject with `unauthenticated` when the token does not count. */
export interface TokenRedeemer {
  check(claim: TokenClaim): Promise<TokenGrant>;
  redeem(claim: TokenClaim, agentName: string): Promise<void>;
}

export interface TokenClaim {
  readonly id: string;
  readonly secret: string;
  readonly publicKeyHash: string;
}

export interface TokenGrant {
  readonly agentName: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly redeemedAs: string | undefined;
}

export interface Enrollment {
  join(request: JoinRequest__Output): Promise<JoinResponse>;
  renew(request: RenewRequest__Output, call: PeerCall): Promise<RenewResponse>;
}

export interface EnrollmentDeps {
  readonly issuer: CertificateIssuer;
  readonly tokens: TokenRedeemer;
  readonly directory: AgentDirectory;
  /** An agent has another certificate, which runs out then. */
  readonly renewed: (agent: AgentIdentity, expiresAtMs: number) => void;
  /** The leader's term. Throws `unavailable` while this controller does not lead. */
  readonly epoch: () => number;
  readonly log: Log;
}

export function createEnrollment(deps: EnrollmentDeps): Enrollment {
  const { issuer, tokens, directory, log } = deps;

  async function issue(request: KeyRequest, agent: Agent): Promise<Required<JoinResponse>> {
    const { name, uid } = agent.metadata;
    const certificatePem = await issuer.issueClient(request, { name, uid });
    return { agentName: name, agentUid: uid, certificatePem, caPem: issuer.caPem };
  }

  /** The Agent object of this key under this name, made when nobody has the name. */
  async function ensureAgent(
    name: string,
    publicKeyHash: string,
    labels: Readonly<Record<string, string>>,
  ): Promise<Agent> {
    try {
      return await directory.create({ name, labels, publicKeyHash });
    } catch (error) {
      const holder = errorCode(error) === 'already-exists' ? directory.get(name) : undefined;
      if (holder?.spec.publicKeyHash === publicKeyHash) return holder;
      throw error;
    }
  }

  /** Who the holder of this key was by its last certificate; undefined where it shows none of its own. */
  function formerAgent(certificateDer: Buffer | undefined, { publicKeyHash }: KeyRequest) {
    const former = certificateDer && onceCertifiedAgent(certificateDer, issuer.caPem);
    return former?.publicKeyHash === publicKeyHash ? former : undefined;
  }

  async function removalOf(former: CertifiedAgent): Promise<Removed | undefined> {
    if (!(await isToldRemoved(former.identity, deps))) return undefined;
    return { epoch: deps.epoch(), reason: whyRevoked(former, directory) ?? 'this agent was removed' };
  }

  return {
    async join(message) {
      const attempt = decodeJoin(message);
      const request = await issuer.readRequest(attempt.csrDer);
      const { publicKeyHash } = request;
      const claim = { id: attempt.tokenId, secret: attempt.tokenSecret, publicKeyHash };
      const grant = await tokens.check(claim);

      const before = grant.redeemedAs === undefined ? undefined : directory.get(grant.redeemedAs);
      if (before && isUsable(before, publicKeyHash)) return issue(request, before);

      const name = chooseName(attempt, grant);
      const holder = directory.get(name);
      if (holder && !isUsable(holder, publicKeyHash)) throw nameTaken(holder);
      await tokens.redeem(claim, name);
      // The schema would refuse the others, and the token is spent by now.
      const labels = withoutMachineLabels(grant.labels);
      const agent = holder ?? (await ensureAgent(name, publicKeyHash, labels));
      log.info({ agent: name, uid: agent.metadata.uid, os: message.os, arch: message.arch }, 'agent joined');
      return issue(request, agent);
    },

    async renew(message, call) {
      const { csrDer, certificateDer } = decodeRenew(message);
      const request = await issuer.readRequest(csrDer);
      const name = certifiedAgent(call)?.identity.name ?? request.commonName;
      const agent = directory.get(name);
      // The request proves possession of the key the Agent object names, so an expired certificate is no hindrance. Nor is
      // it that the agent is to go: its word that its pods have ended is waited for.
      const former = formerAgent(certificateDer, request);
      const isOther = former !== undefined && former.identity.uid !== agent?.metadata.uid;
      const hasKey = agent?.spec.publicKeyHash === request.publicKeyHash;
      if (!agent || isOther || !hasKey || isDeclaredGone(agent)) {
        const removed = former && (await removalOf(former));
        if (removed) return { removed };
        throw new LongshoreError(
          'unauthenticated',
          'this key belongs to no agent of this fleet: to use the machine again, join with a new token',
        );
      }
      const { certificatePem, caPem } = await issue(request, agent);
      log.info({ agent: name }, 'certificate renewed');
      deps.renewed(
        { name, uid: agent.metadata.uid },
        new X509Certificate(certificatePem).validToDate.getTime(),
      );
      return { certificatePem, caPem };
    },
  };
}

function isUsable(agent: Agent, publicKeyHash: string): boolean {
  return agent.spec.publicKeyHash === publicKeyHash && agent.metadata.deletionTimestamp === undefined;
}

function chooseName(attempt: JoinAttempt, grant: TokenGrant): string {
  const { wishedName, hostName } = attempt;
  if (grant.agentName !== undefined && wishedName !== undefined && wishedName !== grant.agentName) {
    throw new LongshoreError(
      'invalid',
      `the token is for agent '${grant.agentName}', not '${wishedName}': leave the name out or ask for another token`,
    );
  }
  const name = grant.agentName ?? wishedName ?? hostName;
  if (name === undefined) {
    throw new LongshoreError(
      'invalid',
      "the machine's hostname cannot be made into an agent name: choose one with --name",
    );
  }
  return name;
}

function nameTaken(holder: Agent): LongshoreError {
  const { name, deletionTimestamp } = holder.metadata;
  return new LongshoreError(
    'already-exists',
    deletionTimestamp === undefined
      ? `agent '${name}' is another machine: choose another name with --name, or remove that agent first`
      : `agent '${name}' is being removed: wait until it is gone, or choose another name with --name`,
  );
}
