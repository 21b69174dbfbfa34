// Clients of one Docker: one with a time limit, so that a hung daemon is noticed, one without, for streams, and one for logs.
import Docker from 'dockerode';
import { type AskDocker, createDockerAnswers } from './docker-answers.ts';
import { type OnDockerCall, observeCalls } from './docker-calls.ts';

export interface DockerClients {
  /** For requests that answer at once; gives up after a while. */
  readonly prompt: Docker;
  /** For streams and pulls. */
  readonly patient: Docker;
  /** For logs: without an object and a copy for each of their lines. */
  readonly ask: AskDocker;
}

const TIMEOUT_MS = 120_000;

export function createDockerClients(socketPath: string, told: OnDockerCall = () => {}): DockerClients {
  return {
    prompt: observeCalls(new Docker({ socketPath, timeout: TIMEOUT_MS }), told),
    patient: observeCalls(new Docker({ socketPath }), told),
    ask: createDockerAnswers(socketPath, told),
  };
}
