// How an operator reaches the controller with nothing but a kubeconfig: a ConfigMap says where the controller is and
// which CA to trust, and the API server makes a short-lived token for the ServiceAccount of operators. No credentials
// of our own.
import { LongshoreError } from '../../common/errors.ts';
import { OPERATOR_AUDIENCE } from '../../common/names.ts';

export interface ConnectionInfo {
  /** HOST:PORT of the controller's gRPC. */
  readonly address: string;
  readonly caPem: string;
  /** Bearer token; lives for minutes. */
  readonly token: string;
}

export interface OperatorAccess {
  /** Rejects with a LongshoreError that says which step failed and what to do. */
  connectionInfo(signal?: AbortSignal): Promise<ConnectionInfo>;
}

export interface AccessOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  /** The controller's namespace. */
  readonly namespace: string;
  /** HOST:PORT that takes the place of the published one. */
  readonly server?: string | undefined;
}

/** The two calls to the API server that it takes, as controller/kube makes them. */
export interface OperatorKube extends AsyncDisposable {
  /** The ConfigMap's data; undefined when there is none. */
  readConfigMap(ref: {
    readonly namespace: string;
    readonly name: string;
  }): Promise<Readonly<Record<string, string>> | undefined>;
  requestToken(request: {
    readonly namespace: string;
    readonly serviceAccount: string;
    readonly audiences: readonly string[];
    readonly expirationSeconds: number;
    readonly signal?: AbortSignal;
  }): Promise<{ readonly token: string }>;
}

const CONFIG_MAP = 'longshore-controller';
const SERVICE_ACCOUNT = 'longshore-operator';
/** The shortest life the API server gives a token; one command needs seconds. */
const TOKEN_SECONDS = 600;

export function createOperatorAccess(
  openKube: () => Promise<OperatorKube>,
  options: AccessOptions,
): OperatorAccess {
  const { namespace } = options;
  return {
    async connectionInfo(signal) {
      await using kube = await openKube();
      const data = await kube.readConfigMap({ namespace, name: CONFIG_MAP });
      const { address, caPem } = readPublished(data, options);
      const { token } = await kube.requestToken({
        namespace,
        serviceAccount: SERVICE_ACCOUNT,
        audiences: [OPERATOR_AUDIENCE],
        expirationSeconds: TOKEN_SECONDS,
        ...(signal ? { signal } : {}),
      });
      return { address, caPem, token };
    },
  };
}

function readPublished(
  data: Readonly<Record<string, string>> | undefined,
  { namespace, server }: AccessOptions,
): { readonly address: string; readonly caPem: string } {
  const where = `the ConfigMap ${CONFIG_MAP} in namespace ${namespace}`;
  if (!data) {
    throw new LongshoreError(
      'not-found',
      `${where} does not exist: start the controller in this cluster, or name the namespace it runs in with --namespace`,
    );
  }
  const caPem = data['ca.crt'];
  if (!caPem)
    throw new LongshoreError(
      'precondition',
      `${where} holds no ca.crt: restart the controller to publish it`,
    );
  const address = server ?? data['address'];
  if (!address) {
    throw new LongshoreError(
      'precondition',
      `${where} holds no address: say where the controller listens with --server HOST:PORT`,
    );
  }
  return { address, caPem };
}
