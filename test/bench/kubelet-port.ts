// A client at the kubelet port, as an API server is one: with a certificate, and a connection for each request.
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { createSecureContext } from 'node:tls';
import { KubeConfig } from '@kubernetes/client-node';
import type { Endpoint } from '../../controller/cli/stream-client.ts';
import { refusal } from '../../controller/kubelet/client/upgrade-request.ts';
import type { TestSandbox } from '../kit/sandbox.ts';

/** As the sandbox's administrator; certificate and key are PEM. */
export function kubeletAccess({ kubeconfig, kubeletPort }: TestSandbox) {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const user = config.getCurrentUser();
  const pem = (base64 = '') => Buffer.from(base64, 'base64').toString();
  return { url: `https://127.0.0.1:${kubeletPort}`, cert: pem(user?.certData), key: pem(user?.keyData) };
}

export function kubeletEndpoint(sandbox: TestSandbox): Endpoint {
  const { url, cert, key } = kubeletAccess(sandbox);
  // Made once: that is no part of a request.
  const secureContext = createSecureContext({ cert, key });
  return { url, headers: {}, tls: { secureContext, rejectUnauthorized: false } };
}

/** Resolves when the answer begins. */
export async function get({ url, tls }: Endpoint, path: string): Promise<IncomingMessage> {
  const asked = request(`${url}${path}`, { ...tls, agent: false });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  asked.on('response', resolve).on('error', reject).end();
  const response = await promise;
  if (response.statusCode !== 200) throw await refusal(response);
  return response;
}
