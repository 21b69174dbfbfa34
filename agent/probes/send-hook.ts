// The request of an httpGet hook: any answer will do. A server that speaks plain HTTP where HTTPS was asked for is asked
// again as it speaks, as the kubelet does.
import { KUBERNETES_VERSION } from '../../common/version.ts';
import type { HttpTarget } from '../pod/action-target.ts';
import { httpGet } from './http-get.ts';

const USER_AGENT = `kube-lifecycle/${KUBERNETES_VERSION.split('.').slice(0, 2).join('.')}`;

/** Rejects when no answer came. */
export async function sendHook(target: HttpTarget, signal: AbortSignal): Promise<void> {
  const options = { userAgent: USER_AGENT, maxBodyBytes: 0, signal };
  try {
    await httpGet(target, options);
  } catch (error) {
    if (target.scheme !== 'https' || !isPlainHttp(error)) throw error;
    await httpGet({ ...target, scheme: 'http' }, options);
  }
}

/** OpenSSL took the first bytes of the answer for a version of TLS. */
function isPlainHttp(error: unknown): boolean {
  return error instanceof Error && error.message.includes('wrong version number');
}
