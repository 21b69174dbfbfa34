// Reads metrics as a Prometheus does that has the rights of deploy/components/scraper: at the port of a node, by a token.
import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { systemClock } from '../../common/clock.ts';
import { createKubeClient } from '../../controller/kube/client.ts';
import { requestToken } from '../../controller/kube/token-request.ts';
import { kubectlFor } from './kubectl.ts';
import { quietLog } from './rpc-fixture.ts';

export interface Scrape {
  readonly status: number | undefined;
  readonly body: string;
}

/** Gets a path of a port on this machine as the scraper. */
export type Scraper = (port: number, path: string) => Promise<Scrape>;

export async function createScraper(kubeconfig: string): Promise<Scraper> {
  const rights = join(import.meta.dirname, '../../deploy/components/scraper/scraper.yaml');
  const applied = await kubectlFor(kubeconfig)(['apply', '-f', rights]);
  if (applied.code !== 0) throw new Error(applied.stderr);
  await using client = createKubeClient({ kubeconfigPath: kubeconfig, clock: systemClock, log: quietLog() });
  const { token } = await requestToken(client, {
    ...{ namespace: 'longshore-system', serviceAccount: 'longshore-scraper' },
    ...{ audiences: [], expirationSeconds: 600 },
  });
  return async (port, path) => {
    const request = httpsRequest({
      ...{ host: '127.0.0.1', port, path, agent: false, rejectUnauthorized: false },
      headers: { authorization: `Bearer ${token}` },
    });
    request.end();
    const [response] = await once(request, 'response');
    return { status: response.statusCode, body: await text(response) };
  };
}
