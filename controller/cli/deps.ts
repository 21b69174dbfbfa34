// What the commands need from the program around them.
import type { Clock } from '../../common/clock.ts';
import type { Cluster } from './cluster.ts';
import type { AccessOptions, OperatorAccess } from './operator-access.ts';
import type { StreamClient } from './stream-client.ts';

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Of a terminal that says so. */
  readonly columns?: number;
}

export interface CliDeps {
  /** Called once per command, with its flags. */
  readonly operatorAccess: (options: AccessOptions) => OperatorAccess;
  /** The API server as the kubeconfig's user sees it; connects to nothing yet. */
  readonly cluster: (options: Pick<AccessOptions, 'kubeconfig' | 'context'>) => Promise<Cluster>;
  /** Looks whether streams come through. */
  readonly streamClient: () => Promise<StreamClient>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Asks a person yes or no; rejects where there is none. */
  readonly confirm: (question: string) => Promise<boolean>;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts when the user interrupts. */
  readonly signal?: AbortSignal;
}
