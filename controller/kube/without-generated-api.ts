// Keeps the generated clients of the Kubernetes API from being loaded with the kubeconfig that could make them. To read and
// compile them takes as long as all else that a command does. Bundles leave them out by themselves.
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const KUBECONFIG = '/@kubernetes/client-node/dist/config.js';

/** To be called before anything that reads a kubeconfig is loaded. */
export function withoutGeneratedApi(): void {
  const stub = pathToFileURL(join(import.meta.dirname, 'generated-api-stub.ts')).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === './gen/index.js' && context.parentURL?.endsWith(KUBECONFIG)
        ? { url: stub, shortCircuit: true }
        : next(specifier, context),
  });
}
