// A gRPC server beside the fleet's own, or in its place while that is away, with a certificate of a CA of the test's choice.
import {
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { CONTROLLER_SERVER_NAME } from '../../common/names.ts';
import type { TestController } from '../kit/rpc-fixture.ts';

export interface OtherServer extends Disposable {
  /** HOST:PORT */
  readonly address: string;
}

export interface OtherServerOptions {
  /** HOST:PORT */
  readonly listen: string;
  readonly authority: Pick<TestController['authority'], 'caPem' | 'issueServing'>;
  readonly service: ServiceDefinition;
  readonly answers: UntypedServiceImplementation;
}

export async function startOtherServer({
  listen,
  authority,
  service,
  answers,
}: OtherServerOptions): Promise<OtherServer> {
  const { certificatePem, keyPem } = await authority.issueServing({
    dnsNames: [CONTROLLER_SERVER_NAME],
    ipAddresses: ['127.0.0.1'],
  });
  const server = new Server();
  server.addService(service, answers);
  const ca = Buffer.from(authority.caPem);
  const pair = { private_key: Buffer.from(keyPem), cert_chain: Buffer.from(certificatePem) };
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(listen, ServerCredentials.createSsl(ca, [pair], false), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${port}`, [Symbol.dispose]: () => server.forceShutdown() };
}
