// Two clients of one Docker: one with a time limit, so that a hung daemon is noticed, and one without, for streams.
import Docker from 'dockerode';

export interface DockerClients {
  /** For requests that answer at once; gives up after `timeoutMs`. */
  readonly prompt: Docker;
  /** For streams and pulls. */
  readonly patient: Docker;
}

const TIMEOUT_MS = 120_000;

export function createDockerClients(socketPath: string, timeoutMs = TIMEOUT_MS): DockerClients {
  return { prompt: new Docker({ socketPath, timeout: timeoutMs }), patient: new Docker({ socketPath }) };
}
