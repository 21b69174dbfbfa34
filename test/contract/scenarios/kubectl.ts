// What kubectl really sends, played again: see recording.ts.
import type { Body, Conversation } from '../conversation.ts';
import { type RecordedRequest, readRecording, VERSION } from '../recording.ts';
import type { Scenario } from '../scenario.ts';

const NODE = 'contract-kubectl';

export const kubectl: Scenario = {
  name: 'kubectl',
  async run(api) {
    await prepareForKubectl(api);
    let version = '';
    for (const { requests } of readRecording()) {
      for (const request of requests.filter(({ path }) => !isOfTheServer(path)))
        version = (await replay(api, request, version)) ?? version;
    }
  },
};

/** The node that the commands name. */
export async function prepareForKubectl({ aside }: Conversation): Promise<void> {
  await aside.create('/api/v1/nodes', { metadata: { name: NODE } });
  const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'ready' };
  await aside.patch(`/api/v1/nodes/${NODE}/status`, 'strategic', { status: { conditions: [ready] } });
  await aside.create('/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases', {
    metadata: { name: NODE },
    spec: { holderIdentity: NODE, leaseDurationSeconds: 40 },
  });
}

/** Resolves with the version that the answer gives, for who refers to it next. */
async function replay(
  api: Conversation,
  request: RecordedRequest,
  version: string,
): Promise<string | undefined> {
  const { method, contentType, accept, as, body, base64, events } = request;
  const path = request.path.replace(`=${VERSION}`, `=${version}`);
  const talk = as === undefined ? api : api.as(as);
  // Whoever is impersonated was given that right a moment ago, which the authorizer has yet to hear of.
  if (as !== undefined) await talk.aside.until(api.in('pods'), ({ status }) => status === 200);
  const options = {
    ...(accept ? { accept: withoutProtobuf(accept) } : {}),
    ...(contentType ? { contentType } : {}),
    ...(base64 === undefined ? {} : { body: Buffer.from(base64, 'base64') }),
    ...(body === undefined ? {} : { body: body.replace(`"${VERSION}"`, `"${version}"`) }),
    view: withoutOthersWork,
  };
  if (events === undefined) return (await talk.send(method, path, options)).body?.metadata?.resourceVersion;
  const watch = await talk.watch(path, options);
  await watch.seen(events);
  watch.stop();
  return undefined;
}

/**
 * Controllers taint nodes and give bookmarks in their own time, and so write versions that the commands did not. Of a
 * bookmark only what every kind has is compared.
 */
function withoutOthersWork(body: Body): Body {
  if (body?.metadata?.annotations?.['k8s.io/initial-events-end']) return { kind: body.kind };
  if (body?.kind !== 'Node') return body;
  const { resourceVersion: _, ...metadata } = body.metadata;
  const taints = body.spec.taints?.filter(({ key }: Body) => !key.startsWith('node.kubernetes.io/'));
  return { ...body, metadata, spec: { ...body.spec, taints: taints?.length ? taints : undefined } };
}

/** The built-in one writes JSON only; see "Known differences". */
function withoutProtobuf(accept: string): string {
  return accept
    .split(',')
    .filter((type) => !type.includes('protobuf'))
    .join(',');
}

/** Discovery and OpenAPI tell of every kind there is, and the built-in one serves fewer; ResourceSlices are among them. */
function isOfTheServer(path: string): boolean {
  return /^\/apis\/resource\.k8s\.io\/|^\/openapi\/|^\/apis?(\/v1|\/[\w.]+\/v\w+)?(\?|$)/.test(path);
}
