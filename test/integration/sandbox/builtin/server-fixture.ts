// A control plane for one test file, and a raw client for what kubectl does not show.
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../../common/clock.ts';
import { createLog } from '../../../../common/log.ts';
import {
  type ControlPlane,
  type ControlPlaneOptions,
  startBuiltinControlPlane,
} from '../../../../sandbox/builtin/control-plane.ts';
import { type Kubectl, kubectlFor } from '../../../kit/kubectl.ts';

export interface Answer {
  readonly code: number;
  // biome-ignore lint/suspicious/noExplicitAny: the tests read whatever the server answers
  readonly body: any;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly token?: string;
  readonly accept?: string;
}

export interface Fixture extends AsyncDisposable {
  readonly plane: ControlPlane;
  readonly kubectl: Kubectl;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** The response's stream, for watches and logs. */
  open(path: string, options?: Pick<CallOptions, 'accept'>): Promise<IncomingMessage>;
}

export async function startFixture(options: Partial<ControlPlaneOptions> = {}): Promise<Fixture> {
  const dir = mkdtempSync(join(tmpdir(), 'longshore-plane-'));
  const log = createLog({ name: 'test', level: 'silent' });
  const plane = await startBuiltinControlPlane({ dir, clock: systemClock, log, ...options });
  const admin = await plane.pki.issue({
    commonName: 'tester',
    organizations: ['system:masters'],
    usage: 'client',
    days: 1,
  });
  const send = (method: string, path: string, { body, contentType, token, accept }: CallOptions) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
      // Node.js frames the body of a DELETE only when told its length.
      const length = text === undefined ? {} : { 'content-length': Buffer.byteLength(text) };
      const headers = {
        ...(text === undefined ? {} : { 'content-type': contentType ?? 'application/json', ...length }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(accept === undefined ? {} : { accept }),
      };
      const identity = token === undefined ? { cert: admin.certificate, key: admin.key } : {};
      const options = { method, headers, ca: plane.caCertificate, agent: false as const, ...identity };
      const call = httpsRequest(new URL(path, plane.url), options, resolve);
      call.once('error', reject);
      call.end(text);
    });
  return {
    plane,
    kubectl: kubectlFor(plane.kubeconfig),
    async call(method, path, callOptions = {}) {
      const response = await send(method, path, callOptions);
      const text = await textOf(response);
      return { code: response.statusCode ?? 0, body: text.startsWith('{') ? JSON.parse(text) : text };
    },
    open: (path, openOptions = {}) => send('GET', path, openOptions),
    [Symbol.asyncDispose]: async () => {
      await plane[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export async function textOf(stream: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

export function podManifest(name: string, more: { labels?: object; spec?: object } = {}) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: more.labels ?? {} },
    spec: { containers: [{ name: 'main', image: 'busybox:1' }], ...more.spec },
  };
}
