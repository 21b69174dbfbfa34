// The Fleet service over gRPC: TLS against the CA of the cluster's own ConfigMap, the operator's token with every
// call, a deadline on every call, and every failure one LongshoreError. The only file of the CLI that knows gRPC.
import { X509Certificate } from 'node:crypto';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { type ErrorCode, LongshoreError } from '../../common/errors.ts';
import { CONTROLLER_SERVER_NAME } from '../../common/names.ts';
import type { AgentDetails__Output } from '../../proto/gen/longshore/v1/AgentDetails.ts';
import type { AgentLogChunk__Output } from '../../proto/gen/longshore/v1/AgentLogChunk.ts';
import type { AgentsChange__Output } from '../../proto/gen/longshore/v1/AgentsChange.ts';
import type { CreateTokenRequest } from '../../proto/gen/longshore/v1/CreateTokenRequest.ts';
import type { CreateTokenResponse__Output } from '../../proto/gen/longshore/v1/CreateTokenResponse.ts';
import type { Diagnosis__Output } from '../../proto/gen/longshore/v1/Diagnosis.ts';
import type { FleetStatus__Output } from '../../proto/gen/longshore/v1/FleetStatus.ts';
import type { ImagePulls__Output } from '../../proto/gen/longshore/v1/ImagePulls.ts';
import type { ListAgentsRequest } from '../../proto/gen/longshore/v1/ListAgentsRequest.ts';
import type { ListAgentsResponse__Output } from '../../proto/gen/longshore/v1/ListAgentsResponse.ts';
import type { ListImagesRequest } from '../../proto/gen/longshore/v1/ListImagesRequest.ts';
import type { ListImagesResponse__Output } from '../../proto/gen/longshore/v1/ListImagesResponse.ts';
import type { ListPodsRequest } from '../../proto/gen/longshore/v1/ListPodsRequest.ts';
import type { ListPodsResponse__Output } from '../../proto/gen/longshore/v1/ListPodsResponse.ts';
import type { PinImageRequest } from '../../proto/gen/longshore/v1/PinImageRequest.ts';
import type { PinImageResponse__Output } from '../../proto/gen/longshore/v1/PinImageResponse.ts';
import type { PodExplanation__Output } from '../../proto/gen/longshore/v1/PodExplanation.ts';
import type { PodsChange__Output } from '../../proto/gen/longshore/v1/PodsChange.ts';
import type { PullImageRequest } from '../../proto/gen/longshore/v1/PullImageRequest.ts';
import type { ReadAgentLogRequest } from '../../proto/gen/longshore/v1/ReadAgentLogRequest.ts';
import type { RemoveAgentRequest } from '../../proto/gen/longshore/v1/RemoveAgentRequest.ts';
import type { RemoveAgentResponse__Output } from '../../proto/gen/longshore/v1/RemoveAgentResponse.ts';
import type { UpdateAgentRequest } from '../../proto/gen/longshore/v1/UpdateAgentRequest.ts';
import type { UpdateAgentResponse__Output } from '../../proto/gen/longshore/v1/UpdateAgentResponse.ts';
import { loadWire } from '../../proto/wire.ts';
import type { ConnectionInfo } from './operator-access.ts';

export interface Fleet extends Disposable {
  status(): Promise<FleetStatus__Output>;
  agents(filter?: ListAgentsRequest): Promise<ListAgentsResponse__Output>;
  /** The first message holds all, those after it what changed; it ends now and then and is to be asked for anew. */
  watchAgents(filter: ListAgentsRequest): AsyncIterable<AgentsChange__Output>;
  watchPods(filter: ListPodsRequest): AsyncIterable<PodsChange__Output>;
  agent(name: string): Promise<AgentDetails__Output>;
  agentLog(request: ReadAgentLogRequest): AsyncIterable<AgentLogChunk__Output>;
  updateAgent(request: UpdateAgentRequest): Promise<UpdateAgentResponse__Output>;
  removeAgent(request: RemoveAgentRequest): Promise<RemoveAgentResponse__Output>;
  pods(filter: ListPodsRequest): Promise<ListPodsResponse__Output>;
  explain(pod: { readonly namespace: string; readonly name: string }): Promise<PodExplanation__Output>;
  diagnose(): Promise<Diagnosis__Output>;
  pullImage(request: PullImageRequest): AsyncIterable<ImagePulls__Output>;
  pinImage(request: PinImageRequest): Promise<PinImageResponse__Output>;
  images(request: ListImagesRequest): Promise<ListImagesResponse__Output>;
  createToken(request: CreateTokenRequest): Promise<CreateTokenResponse__Output>;
}

export interface FleetOptions {
  /** For each call, connecting included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A fleet of thousands is a long list, and comes from the controller, which the CA vouches for. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export function connectFleet(info: ConnectionInfo, options: FleetOptions): Fleet {
  const { fleet } = loadWire();
  const client = new Client(info.address, secure(info), {
    'grpc.ssl_target_name_override': CONTROLLER_SERVER_NAME,
    'grpc.default_authority': CONTROLLER_SERVER_NAME,
    'grpc.max_receive_message_length': MAX_ANSWER_BYTES,
  });
  const call = createCaller(client, info, options);
  const stream = createStreamer(client, info, options);
  return {
    status: () => call(fleet.GetStatus, {}),
    agents: (filter = {}) => call(fleet.ListAgents, filter),
    watchAgents: (filter) => stream(fleet.WatchAgents, filter),
    watchPods: (filter) => stream(fleet.WatchPods, filter),
    agent: (name) => call(fleet.GetAgent, { name }),
    agentLog: (request) => stream(fleet.ReadAgentLog, request),
    updateAgent: (request) => call(fleet.UpdateAgent, request),
    removeAgent: (request) => call(fleet.RemoveAgent, request),
    pods: (filter) => call(fleet.ListPods, filter),
    explain: (pod) => call(fleet.ExplainPod, pod),
    diagnose: () => call(fleet.Diagnose, {}),
    pullImage: (request) => stream(fleet.PullImage, request),
    pinImage: (request) => call(fleet.PinImage, request),
    images: (request) => call(fleet.ListImages, request),
    createToken: (request) => call(fleet.CreateToken, request),
    [Symbol.dispose]: () => client.close(),
  };
}

function secure({ caPem }: ConnectionInfo) {
  try {
    // gRPC itself would take anything here and then call the controller unreachable.
    new X509Certificate(caPem);
    return credentials.createSsl(Buffer.from(caPem));
  } catch (cause) {
    throw new LongshoreError(
      'precondition',
      'the ca.crt that the controller published is no certificate: restart the controller to publish it again',
      { cause },
    );
  }
}

function createCaller(
  client: Client,
  { address, token }: ConnectionInfo,
  { timeoutMs, signal }: FleetOptions,
) {
  return <Request, Answer>(
    method: MethodDefinition<Request, object, object, Answer>,
    request: Request,
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const metadata = new Metadata();
      metadata.set('authorization', `Bearer ${token}`);
      const ongoing = client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        metadata,
        // gRPC counts deadlines on the system's own clock.
        { deadline: Date.now() + timeoutMs },
        (error, answer) => {
          signal?.removeEventListener('abort', cancel);
          if (error) reject(explain(error, { address, timeoutMs }));
          else if (answer === undefined)
            reject(new LongshoreError('internal', 'the controller answered nothing'));
          else resolve(answer);
        },
      );
      const cancel = () => ongoing.cancel();
      if (signal?.aborted) cancel();
      else signal?.addEventListener('abort', cancel, { once: true });
    });
}

/** The time limit is for the beginning of the answer, which may be long before its first message. */
function createStreamer(
  client: Client,
  { address, token }: ConnectionInfo,
  { timeoutMs, signal }: FleetOptions,
) {
  return async function* <Request, Answer>(
    method: MethodDefinition<Request, object, object, Answer>,
    request: Request,
  ): AsyncGenerator<Answer> {
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${token}`);
    const { path, requestSerialize, responseDeserialize } = method;
    const ongoing = client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      metadata,
    );
    const cancel = () => ongoing.cancel();
    let isLate = false;
    const limit = setTimeout(() => {
      isLate = true;
      cancel();
    }, timeoutMs);
    ongoing.once('metadata', () => clearTimeout(limit));
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) cancel();
    try {
      for await (const answer of ongoing) yield answer as Answer;
    } catch (error) {
      const late = Object.assign(new Error(), { code: status.DEADLINE_EXCEEDED, details: '', metadata });
      throw explain(isLate ? late : (error as ServiceError), { address, timeoutMs });
    } finally {
      clearTimeout(limit);
      signal?.removeEventListener('abort', cancel);
      cancel();
    }
  };
}

const CODES: Partial<Record<status, ErrorCode>> = {
  [status.CANCELLED]: 'cancelled',
  [status.INVALID_ARGUMENT]: 'invalid',
  [status.NOT_FOUND]: 'not-found',
  [status.ALREADY_EXISTS]: 'already-exists',
  [status.PERMISSION_DENIED]: 'forbidden',
  [status.RESOURCE_EXHAUSTED]: 'exhausted',
  [status.FAILED_PRECONDITION]: 'precondition',
  [status.ABORTED]: 'conflict',
  [status.UNAVAILABLE]: 'unavailable',
  [status.UNAUTHENTICATED]: 'unauthenticated',
};

interface Attempt {
  readonly address: string;
  readonly timeoutMs: number;
}

/** gRPC's own words for the connection are long and internal; the controller's words are for people. */
function explain(error: ServiceError, { address, timeoutMs }: Attempt): LongshoreError {
  const fail = (code: ErrorCode, message: string) => new LongshoreError(code, message);
  const { details } = error;
  switch (error.code) {
    case status.DEADLINE_EXCEEDED:
      return fail(
        'unavailable',
        `the controller at ${address} did not answer within ${timeoutMs / 1000} s: it may be overloaded, or a firewall drops the connection (--timeout waits longer)`,
      );
    case status.UNAUTHENTICATED:
      return fail('unauthenticated', `the controller does not accept the operator's token: ${details}`);
    case status.PERMISSION_DENIED:
      return fail('forbidden', `the controller does not allow this: ${details}`);
    case status.UNAVAILABLE:
      return fail('unavailable', unavailable(address, details));
    case status.UNIMPLEMENTED:
      return fail(
        'precondition',
        `the controller at ${address} does not know this command: it is older than this CLI`,
      );
    case status.CANCELLED:
      return fail('cancelled', 'interrupted');
    default:
      return fail(
        CODES[error.code] ?? 'internal',
        details || `the controller failed with gRPC status ${error.code}`,
      );
  }
}

function unavailable(address: string, details: string): string {
  if (!/^(No connection established|Name resolution failed|Connection dropped)/.test(details)) return details;
  if (/certificate|self.signed|altnames|unable to (get|verify)/i.test(details)) {
    return `what answers at ${address} does not show the certificate that the ConfigMap of this cluster vouches for: check --server and --context`;
  }
  const reason = /ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ECONNRESET/.exec(details)?.[0];
  return `cannot reach the controller at ${address}${reason ? ` (${reason})` : ''}: check that it runs; where that address cannot be reached from here, forward a port to it and name that with --server`;
}
