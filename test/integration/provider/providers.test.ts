// All that this repository has of providers keep what docs/providers.md promises.
import { join } from 'node:path';
import { before } from 'node:test';
import { ensureBusyboxImage } from '../../kit/busybox-image.ts';
import { describeConformance } from '../../provider/conformance.ts';

const root = join(import.meta.dirname, '../../..');

before(() => ensureBusyboxImage());

describeConformance('the agent', {
  command: [process.execPath, join(root, 'agent/main.ts'), '--capacity', 'cpu=2,memory=1Gi'],
  offers: ['logs', 'objects', 'stats', 'images'],
});

describeConformance('the example provider', {
  command: [process.execPath, join(root, 'examples/provider/main.ts')],
  offers: ['logs'],
});

describeConformance('the simulated agent', {
  command: [process.execPath, join(root, 'test/bench/simulation/main.ts')],
  offers: [],
});
