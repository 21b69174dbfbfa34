// What tests of sessions ask of a controller, an agent that joined it and the link between them.
import assert from 'node:assert/strict';
import {
  joinTestAgent,
  MemoryMembership,
  RecordingObserver,
  type startTestLink,
  type TestController,
} from './rpc-fixture.ts';

/** A session ends after three seconds without a word. */
export const SHORT_SILENCE = {
  session: {
    heartbeatIntervalMs: 500,
    silenceMs: 3000,
    messages: { perSecond: 500, burst: 5000 },
    maxOutbox: 1000,
    maxEvents: 1000,
  },
};

/** Who hears of its agents. */
export function observerOf(controller: TestController): RecordingObserver {
  assert.ok(controller.observer instanceof RecordingObserver);
  return controller.observer;
}

/** A machine that has joined with a new token of its. */
export async function joined(controller: TestController, name = 'garage-pi', store = new MemoryMembership()) {
  return joinTestAgent({ address: controller.address, token: await controller.token(), name, store });
}

/** Why it has no session; undefined while it has one. */
export function refusal({ link }: ReturnType<typeof startTestLink>): string | undefined {
  const state = link.state();
  return state.kind === 'connecting' ? state.lastFailure : undefined;
}
