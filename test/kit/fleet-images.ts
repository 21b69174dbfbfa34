// The images of a fleet, and what becomes of a pull, for what the golden files of the CLI show.
import type { AgentInfo } from '../../proto/gen/longshore/v1/AgentInfo.ts';
import type { Handler } from './cli.ts';

const PULLS: readonly (readonly object[])[] = [
  ['attic', 'garage-pi', 'workshop'].map((agent) => ({ agent, state: 'AGENT_PULL_STATE_WAITING' })),
  [
    { agent: 'attic', state: 'AGENT_PULL_STATE_FAILED', message: 'it is not connected' },
    { agent: 'garage-pi', state: 'AGENT_PULL_STATE_PULLING' },
  ],
  [{ agent: 'garage-pi', state: 'AGENT_PULL_STATE_PULLING', doneBytes: 20_971_520, totalBytes: 62_914_560 }],
  [
    { agent: 'garage-pi', state: 'AGENT_PULL_STATE_PULLING', doneBytes: 57_671_680, totalBytes: 62_914_560 },
    { agent: 'workshop', state: 'AGENT_PULL_STATE_DONE', sizeBytes: 192_937_984, wasHere: true },
  ],
  [{ agent: 'garage-pi', state: 'AGENT_PULL_STATE_DONE', sizeBytes: 192_937_984 }],
];

/** Of a call that ends before all is pulled, and of the one after it. */
const CUT_OFF: readonly (readonly object[])[] = [
  [
    { agent: 'garage-pi', state: 'AGENT_PULL_STATE_DONE', sizeBytes: 192_937_984 },
    { agent: 'workshop', state: 'AGENT_PULL_STATE_PULLING' },
  ],
  [
    { agent: 'garage-pi', state: 'AGENT_PULL_STATE_DONE', sizeBytes: 192_937_984, wasHere: true },
    { agent: 'workshop', state: 'AGENT_PULL_STATE_DONE', sizeBytes: 192_937_984 },
  ],
];

const IMAGES: readonly object[] = [
  { name: 'docker.io/library/busybox:1.36', sizeBytes: 4_261_550, agents: ['attic', 'garage-pi'] },
  {
    ...{ name: 'docker.io/library/nginx:1.29', sizeBytes: 192_937_984 },
    ...{ agents: ['workshop'], pinnedOn: ['workshop'] },
  },
  { name: 'registry.example/team/app:2', pinnedOn: ['garage-pi'] },
];

interface SelectRequest {
  readonly selector: string;
}

interface PinRequest {
  readonly image: string;
  readonly unpin: boolean;
}

/** Agents of the garage, or all. */
const selected = (agents: readonly AgentInfo[], { selector }: SelectRequest) =>
  agents
    .filter(({ labels }) => selector === '' || selector === `zone=${labels?.['zone']}`)
    .map(({ name }) => name);

export function imageHandlers(agents: readonly AgentInfo[]): Record<string, Handler> {
  let calls = 0;
  return {
    PullImage({ image }: { readonly image: string }, call) {
      if (image.startsWith('none')) {
        const details = 'no agent has the labels that are asked for';
        call.emit('error', Object.assign(new Error(), { code: 5, details }));
        return;
      }
      const told = image.startsWith('large') ? [CUT_OFF[calls++] ?? []] : PULLS;
      for (const pulls of told) call.write({ pulls });
      call.end();
    },
    PinImage: ({ image, unpin, ...request }: SelectRequest & PinRequest) => ({
      agents: selected(agents, request).map((agent) =>
        agent === 'workshop' && image.startsWith('one-more')
          ? { agent, problem: 'an agent has at most 64 pinned images' }
          : { agent, changed: (agent === 'workshop') === unpin },
      ),
    }),
    ListImages: () => ({ images: IMAGES }),
  };
}
