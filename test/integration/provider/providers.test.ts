// All that this repository has of providers keep what docs/providers.md promises.
import { join } from 'node:path';
import { before, describe } from 'node:test';
import { ensureBusyboxImage } from '../../kit/busybox-image.ts';
import { describeConformance } from '../../provider/conformance.ts';
import { OPTIONAL } from '../../provider/offers.ts';

const root = join(import.meta.dirname, '../../..');

// They mostly wait, each for a process of its own.
describe('providers', { concurrency: true }, () => {
  before(() => ensureBusyboxImage());

  describeConformance('the agent', {
    command: [process.execPath, join(root, 'agent/main.ts'), '--capacity', 'cpu=2,memory=1Gi'],
    offers: OPTIONAL,
  });

  describeConformance('the example provider', {
    command: [process.execPath, join(root, 'examples/provider/main.ts')],
    offers: ['logs', 'exec', 'events'],
  });

  describeConformance('the simulated agent', {
    command: [process.execPath, join(root, 'test/bench/simulation/main.ts')],
    offers: [],
  });
});
