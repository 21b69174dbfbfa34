// A process full of simulated agents, driven by its parent: it joins them, says when all have joined, and reports pods
// anew when it is asked to.
import { createLog } from '../../../common/log.ts';
import { loadWire } from '../../../proto/wire.ts';
import { relayFromManyAddresses } from './many-addresses.ts';
import { joinSimulatedAgent, type SimulatedAgent } from './simulated-agent.ts';

export interface FleetWish {
  readonly agents: number;
  readonly controller: string;
  readonly token: string;
}

export type ToFleet =
  | { readonly kind: 'join'; readonly wish: FleetWish }
  | { readonly kind: 'restart'; readonly uid: string; readonly restartCount: number }
  | { readonly kind: 'count' };

export type FromFleet =
  | { readonly kind: 'joined' }
  | { readonly kind: 'failed'; readonly reason: string }
  /** Pods that agents hold, and agents that have a session. */
  | { readonly kind: 'count'; readonly pods: number; readonly sessions: number };

/** Joins at a time: a controller's handshakes are bounded, and so are tries in flight. */
const AT_ONCE = 20;

const leaving = new AbortController();
const agents: SimulatedAgent[] = [];

process.once('disconnect', () => leaving.abort());
process.on('message', (message: ToFleet) => {
  switch (message.kind) {
    case 'join':
      joinAll(message.wish).then(
        () => say({ kind: 'joined' }),
        (error: unknown) => say({ kind: 'failed', reason: String(error) }),
      );
      break;
    case 'restart':
      for (const { pods } of agents) pods.restart(message.uid, message.restartCount);
      break;
    case 'count':
      say({
        kind: 'count',
        pods: agents.reduce((sum, { pods }) => sum + pods.size, 0),
        sessions: agents.filter((agent) => agent.connected).length,
      });
      break;
    default:
      message satisfies never;
  }
});

function say(message: FromFleet): void {
  if (process.connected) process.send?.(message);
}

async function joinAll({ agents: count, controller, token }: FleetWish): Promise<void> {
  const wire = loadWire();
  const log = createLog({ name: 'fleet', level: 'silent' });
  await using relay = await relayFromManyAddresses(controller);
  const names = Array.from({ length: count }, (_, index) => `simulated-${index + 1}`);
  const join = async () => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const options = { name, token, wire, log, controller, joinAt: relay.address, store: inMemory() };
      const agent = await joinSimulatedAgent(options, leaving.signal);
      agents.push(agent);
      void agent.run(leaving.signal);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, join));
}

function inMemory() {
  return { load: async () => undefined, save: async () => {} };
}
