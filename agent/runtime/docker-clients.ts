// Two clients of one Docker: one with a time limit, so that a hung daemon is noticed, and one without, for streams.
import Docker from 'dockerode';
import { type OnDockerCall, observeCalls } from './docker-calls.ts';

export interface DockerClients {
  /** For requests that answer at once; gives up after a while. */
  readonly prompt: Docker;
  /** For streams and pulls. */
  readonly patient: Docker;
}

const TIMEOUT_MS = 120_000;

export function createDockerClients(socketPath: string, told: OnDockerCall = () => {}): DockerClients {
  return {
    prompt: observeCalls(new Docker({ socketPath, timeout: TIMEOUT_MS }), told),
    patient: observeCalls(new Docker({ socketPath }), told),
  };
}
