// Signs approved CertificateSigningRequests of the two kubelet signers. Approval is left to whoever may give it.
import { describeError } from '../../../common/errors.ts';
import type { ControllerContext } from '../controllers.ts';
import { ensureObject, objectsAt, stringAt } from '../json.ts';
import { type KubeObject, timestamp } from '../kube-object.ts';

const SIGNERS: Readonly<Record<string, 'server' | 'client'>> = {
  'kubernetes.io/kubelet-serving': 'server',
  'kubernetes.io/kube-apiserver-client-kubelet': 'client',
  'kubernetes.io/kube-apiserver-client': 'client',
};
const DAYS = 365;

export function signRequests(context: ControllerContext): Disposable {
  const { objects, registry, pki, clock, log } = context;
  const resource = registry.builtin('certificatesigningrequests', 'certificates.k8s.io');
  const sign = async (request: KubeObject) => {
    const usage = SIGNERS[stringAt(request, 'spec', 'signerName') ?? ''];
    if (!usage || !isWaiting(request)) return;
    const where = { resource, name: request.metadata.name };
    try {
      const csr = Buffer.from(stringAt(request, 'spec', 'request') ?? '', 'base64').toString();
      const certificate = Buffer.from(await pki.signRequest(csr, usage, DAYS)).toString('base64');
      if (objects.find(where)?.metadata.uid !== request.metadata.uid) return;
      objects.change(where, {}, (next) => {
        ensureObject(next, 'status')['certificate'] = certificate;
      });
    } catch (error) {
      log.warn({ request: request.metadata.name, reason: describeError(error) }, 'request not signed');
      if (!objects.find(where)) return;
      objects.change(where, {}, (next) => {
        const status = ensureObject(next, 'status');
        const failed = {
          type: 'Failed',
          status: 'True',
          reason: 'SigningFailed',
          message: describeError(error),
          lastTransitionTime: timestamp(clock.now()),
          lastUpdateTime: timestamp(clock.now()),
        };
        status['conditions'] = [...objectsAt(status, 'conditions'), failed];
      });
    }
  };
  return objects.storage.subscribe('certificatesigningrequests.certificates.k8s.io', (event) => {
    if (event.type !== 'DELETED') setImmediate(() => void sign(event.object));
  });
}

function isWaiting(request: KubeObject): boolean {
  const types = objectsAt(request, 'status', 'conditions').map((condition) => condition['type']);
  const ended = types.includes('Denied') || types.includes('Failed');
  return types.includes('Approved') && !ended && !stringAt(request, 'status', 'certificate');
}
