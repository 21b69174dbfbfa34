// Certificates from one of the cluster's signers, by CertificateSigningRequests. The signer signs what is approved;
// with `approve` we approve our own requests, where RBAC lets us.
import { isStatus } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { requestPath } from './resource-path.ts';

export interface RequestSigner {
  /** Asks, unless a request of this name is there already; answers what has come of it. */
  ask(request: { readonly name: string; readonly pem: string }): Promise<SigningAnswer>;
}

export type SigningAnswer =
  | { readonly kind: 'pending' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'issued'; readonly certificatePem: string };

export interface RequestSignerOptions {
  /** Who asks; looked at for every call. */
  readonly asker: () => KubeClient;
  /** Who approves; undefined: somebody else does. */
  readonly approver?: KubeClient | undefined;
  readonly signerName: string;
  readonly usages: readonly string[];
}

interface SigningRequest {
  readonly metadata: object;
  readonly spec: object;
  readonly status?: {
    readonly conditions?: readonly Condition[];
    /** PEM in base64. */
    readonly certificate?: string;
  };
}

interface Condition {
  readonly type: string;
  readonly reason?: string;
  readonly message?: string;
}

export function createRequestSigner(options: RequestSignerOptions): RequestSigner {
  const { asker, approver, signerName, usages } = options;

  const find = async (name: string): Promise<SigningRequest | undefined> => {
    try {
      return await asker().request<SigningRequest>({ method: 'GET', path: requestPath(name) });
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  };
  const create = (name: string, pem: string): Promise<SigningRequest> =>
    asker().request<SigningRequest>({
      method: 'POST',
      path: requestPath(),
      body: {
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { name, labels: { 'app.kubernetes.io/part-of': 'longshore' } },
        spec: { signerName, usages, request: Buffer.from(pem).toString('base64') },
      },
    });
  const approve = (name: string, request: SigningRequest): Promise<SigningRequest> | SigningRequest => {
    if (!approver || conditionOf(request, 'Approved')) return request;
    const approved = {
      type: 'Approved',
      status: 'True',
      reason: 'LongshoreController',
      message: 'approved by the controller that asks: it may, by RBAC',
    };
    return approver.request<SigningRequest>({
      method: 'PUT',
      path: requestPath(name, 'approval'),
      body: { ...request, status: { ...request.status, conditions: [approved] } },
    });
  };

  return {
    async ask({ name, pem }) {
      const request = (await find(name)) ?? (await create(name, pem));
      const answer = answerOf(request);
      return answer.kind === 'pending' ? answerOf(await approve(name, request)) : answer;
    },
  };
}

function answerOf(request: SigningRequest): SigningAnswer {
  for (const type of ['Denied', 'Failed']) {
    const condition = conditionOf(request, type);
    if (condition) return { kind: 'refused', why: condition.message || condition.reason || type };
  }
  const { certificate } = request.status ?? {};
  if (!certificate) return { kind: 'pending' };
  return { kind: 'issued', certificatePem: Buffer.from(certificate, 'base64').toString() };
}

function conditionOf(request: SigningRequest, type: string): Condition | undefined {
  return request.status?.conditions?.find((condition) => condition.type === type);
}
