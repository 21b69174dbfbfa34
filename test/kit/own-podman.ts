// A Podman of a test's own: its service on a Docker-compatible socket, its storage in a folder. It may be stopped and
// started again, as containers do not need it to run.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { eventually } from './eventually.ts';

/** Its defaults are more than root may give where it lacks CAP_SYS_RESOURCE. */
const CONFIGURATION = `[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
`;

/** Docker takes loopback for insecure by itself. */
const REGISTRIES = '[[registry]]\nlocation = "127.0.0.1"\ninsecure = true\n';

export class OwnPodman implements AsyncDisposable {
  readonly docker: Docker;
  readonly socket: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'longshore-podman-'));
  #service: ChildProcess | undefined;

  private constructor() {
    this.socket = join(this.#folder, 'podman.sock');
    this.docker = new Docker({ socketPath: this.socket });
  }

  static async start(): Promise<OwnPodman> {
    const podman = new OwnPodman();
    try {
      await podman.start();
    } catch (error) {
      await podman[Symbol.asyncDispose]();
      throw error;
    }
    return podman;
  }

  get logFile(): string {
    return join(this.#folder, 'log');
  }

  async start(): Promise<void> {
    const log = openSync(this.logFile, 'a');
    const args = [...this.#storage, 'system', 'service', '--time', '0', `unix://${this.socket}`];
    const configuration = join(this.#folder, 'containers.conf');
    writeFileSync(configuration, CONFIGURATION);
    const registries = join(this.#folder, 'registries.conf');
    writeFileSync(registries, REGISTRIES);
    const env = { ...process.env, CONTAINERS_CONF: configuration, CONTAINERS_REGISTRIES_CONF: registries };
    // Its monitors leave files where they were started.
    this.#service = spawn('podman', args, { cwd: this.#folder, stdio: ['ignore', log, log], env });
    closeSync(log);
    await eventually(() => existsSync(this.socket) && this.docker.ping(), { what: 'the service of Podman' });
  }

  async stop(): Promise<void> {
    const service = this.#service;
    this.#service = undefined;
    if (!service || service.exitCode !== null || service.signalCode !== null) return;
    service.kill('SIGTERM');
    await once(service, 'exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    execFileSync('podman', [...this.#storage, 'rm', '--all', '--force', '--time', '0'], { stdio: 'ignore' });
    execFileSync('podman', [...this.#storage, 'system', 'reset', '--force'], { stdio: 'ignore' });
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #storage(): string[] {
    const folder = (name: string) => join(this.#folder, name);
    return ['--root', folder('root'), '--runroot', folder('run'), '--cgroup-manager', 'cgroupfs'];
  }
}
