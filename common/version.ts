// The version of this build; the same for both programs.
import manifest from '../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;

/** The release of Kubernetes whose kubelet this node is like. */
export const KUBERNETES_VERSION = '1.34.2';
