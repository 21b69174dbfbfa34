// A claim waits for a volume until controllers/claim-binding.ts finds it one.
import { ensureObject, setDefault } from '../json.ts';
import type { KindStrategy } from '../strategy.ts';

export const claimStrategy: KindStrategy = {
  returnsDeleted: true,
  prepareForCreate(claim) {
    setDefault(ensureObject(claim, 'spec'), 'volumeMode', 'Filesystem');
    claim['status'] = { phase: 'Pending' };
  },
};
