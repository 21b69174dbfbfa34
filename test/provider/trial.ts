// One provider on trial: the fleet that it is of, its process, and what every test does with them. It begins before the
// provider has joined.
import assert from 'node:assert/strict';
import type { Pod, PodStatus } from '../../common/pod.ts';
import { eventually } from '../kit/eventually.ts';
import { type FleetOfOne, startFleetOfOne } from './fleet-of-one.ts';
import { aPod, isReady, type PodWish } from './pods.ts';
import { createProviderProcess, type ProviderCommand, type ProviderProcess } from './provider-process.ts';

/** The first certificate runs out while the tests run. */
const FIRST_CLIENT_MS = 5000;

export class Trial {
  readonly #command: ProviderCommand;
  #parts: { readonly fleet: FleetOfOne; readonly provider: ProviderProcess } | undefined;

  constructor(command: ProviderCommand) {
    this.#command = command;
  }

  async begin(): Promise<void> {
    const fleet = await startFleetOfOne({ firstClientMs: FIRST_CLIENT_MS });
    this.#parts = { fleet, provider: createProviderProcess(this.#command, fleet) };
  }

  /** Nothing of the provider stays on the machine. */
  async end(): Promise<void> {
    if (!this.#parts) return;
    const { fleet, provider } = this.#parts;
    try {
      const pods = fleet.link ? [...fleet.desired.values()] : [];
      fleet.tellSnapshot();
      for (const { metadata } of pods) fleet.link?.remove(metadata.uid, 1);
      for (const pod of pods) await this.gone(pod);
      for (const pod of pods) fleet.forget(pod);
      if (fleet.link) await this.obeyed();
    } finally {
      await provider[Symbol.asyncDispose]();
      await fleet[Symbol.asyncDispose]();
    }
  }

  get fleet(): FleetOfOne {
    assert.ok(this.#parts, 'the trial has not begun');
    return this.#parts.fleet;
  }

  get provider(): ProviderProcess {
    assert.ok(this.#parts, 'the trial has not begun');
    return this.#parts.provider;
  }

  /** For the message of a failure. */
  get said(): string {
    return `; the provider said:\n${this.provider.lastWords}\n`;
  }

  /** Another session than those that have begun before. */
  async connected(sessions = 0): Promise<void> {
    const { fleet } = this;
    await eventually(() => fleet.link !== undefined && fleet.sessions > sessions, {
      what: `a session (${fleet.endings.at(-1) ?? 'none before'})${this.said}`,
    });
  }

  /** Has the provider dial again, which may take it seconds. */
  async reconnect(): Promise<void> {
    const { sessions, link } = this.fleet;
    link?.close('the test wants another session');
    await this.connected(sessions);
  }

  /** The same with a new process, which dials at once. */
  async restart(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const { sessions } = this.fleet;
    await this.provider.end(signal);
    this.provider.start();
    await this.connected(sessions);
  }

  async run(script: string, wish: PodWish = {}): Promise<Pod> {
    const pod = aPod(script, wish);
    this.fleet.wish(pod);
    await this.running(pod);
    return pod;
  }

  status(pod: Pod, holds: (status: PodStatus) => boolean, what: string): Promise<PodStatus> {
    const { uid, name } = pod.metadata;
    const newest = () => this.fleet.heard.statuses.get(uid);
    return this.#see(
      () => {
        const seen = newest();
        return seen && holds(seen) ? seen : undefined;
      },
      () => `${name} ${what}, last ${JSON.stringify(newest())}`,
    );
  }

  running(pod: Pod): Promise<PodStatus> {
    return this.status(pod, isReady, 'Running and Ready');
  }

  /** Its final statuses, one for each time that this session said so. */
  gone(pod: Pod): Promise<readonly (PodStatus | undefined)[]> {
    const { uid, name } = pod.metadata;
    return this.#see(
      () => this.fleet.heard.gone.get(uid),
      () => `the end of ${name}`,
    );
  }

  /** All that was sent before has been obeyed: what the controller says is carried out in its order. */
  async obeyed(): Promise<void> {
    const marker = aPod('exit 0', { restartPolicy: 'Never' });
    this.fleet.link?.remove(marker.metadata.uid, 1);
    await this.gone(marker);
    this.fleet.forget(marker);
  }

  /** The provider has said all that it had to say at the beginning of its session. */
  async saidAll(): Promise<void> {
    const { heartbeats } = this.fleet.heard;
    await this.#see(
      () => this.fleet.heard.heartbeats > heartbeats,
      () => 'a heartbeat, after all that it has to say',
    );
  }

  async #see<T>(look: () => T | undefined, what: () => string): Promise<NonNullable<T>> {
    try {
      return await eventually(look);
    } catch {
      return assert.fail(`never came: ${what()}${this.said}`);
    }
  }
}
