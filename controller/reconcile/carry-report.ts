// Tells what of an Agent's labels and taints its node cannot have, once for as long as it stays the same.
import type { Log } from '../../common/log.ts';
import type { Agent } from '../model/agent.ts';
import { notCarried } from '../model/carried-keys.ts';
import type { EventRecorder } from './event-recorder.ts';

export function createCarryReport({ events, log }: { readonly events: EventRecorder; readonly log: Log }) {
  let told = '';
  return ({ metadata: { name, uid }, spec }: Agent): void => {
    const message = notCarried(spec);
    if (message === told) return;
    told = message;
    if (message === '') return;
    log.warn({ agent: name }, message);
    const about = { kind: 'Agent', name, uid } as const;
    void events.record({ about, type: 'Warning', reason: 'NotCarriedOver', message });
  };
}
