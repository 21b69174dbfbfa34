// The version of this build; the same for both programs.
import manifest from '../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
