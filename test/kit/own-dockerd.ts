// A Docker daemon of a test's own, beside the machine's: its data, its containerd, its socket. It may be stopped, killed
// and started again. It has a bridge of its own, for one that is told to have none takes the machine's docker0 away; it
// makes no firewall rules.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { eventually } from './eventually.ts';
import { freePodCidr } from './pod-cidr.ts';

/** It waits for what it ran before it was killed: 10 s for each that does not listen, all at once. */
const START_MS = 60_000;
const PING_MS = 5000;
/** For the removal of what it ran. */
const REMOVE_MS = 20_000;

export class OwnDockerd implements AsyncDisposable {
  readonly docker: Docker;
  readonly socket: string;
  readonly #folder: string;
  readonly #flags: readonly string[];
  readonly #bridge = `ls-own-${randomBytes(3).toString('hex')}`;
  #containerd: ChildProcess | undefined;
  #dockerd: ChildProcess | undefined;

  private constructor(flags: readonly string[]) {
    this.#folder = mkdtempSync(join(tmpdir(), 'longshore-dockerd-'));
    this.#flags = flags;
    this.socket = this.#path('docker.sock');
    this.docker = new Docker({ socketPath: this.socket });
  }

  static async start(flags: readonly string[] = []): Promise<OwnDockerd> {
    const own = new OwnDockerd(flags);
    try {
      own.#makeBridge();
      await own.#startContainerd();
      await own.start();
    } catch (error) {
      await own[Symbol.asyncDispose]();
      throw error;
    }
    return own;
  }

  /** Does nothing while it runs. */
  async start(): Promise<void> {
    if (this.#dockerd) return;
    const dockerd = this.#run('dockerd', [
      ...[
        '--data-root',
        this.#path('data'),
        '--exec-root',
        this.#path('exec'),
        '--pidfile',
        this.#path('pid'),
      ],
      ...['--host', `unix://${this.socket}`, '--containerd', this.#containerdSocket],
      ...['--bridge', this.#bridge, '--iptables=false', '--ip-masq=false'],
      ...this.#flags,
    ]);
    this.#dockerd = dockerd;
    await eventually(() => this.#answers(dockerd), {
      what: 'a dockerd of the test’s own',
      timeoutMs: START_MS,
    });
  }

  /** It listens before it answers: a question that comes too early may be left lying. */
  async #answers(dockerd: ChildProcess): Promise<unknown> {
    if (dockerd.exitCode !== null) throw new Error(`dockerd ended: ${this.#lastWords('dockerd')}`);
    try {
      return await new Docker({ socketPath: this.socket, timeout: PING_MS }).ping();
    } catch (cause) {
      throw new Error(`it says: ${this.#lastWords('dockerd')}`, { cause });
    }
  }

  /** Resolves when the daemon is gone; its containerd stays, as on a machine where it is a service by itself. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await end(this.#dockerd, signal);
    this.#dockerd = undefined;
  }

  /** While it does not run: as if it had been killed after it started the container and before it noted that. */
  forgetStart(containerId: string): void {
    const file = this.#path(`data/containers/${containerId}/config.v2.json`);
    const config = JSON.parse(readFileSync(file, 'utf8'));
    const never = { Running: false, Pid: 0, StartedAt: '0001-01-01T00:00:00Z' };
    writeFileSync(file, JSON.stringify({ ...config, State: { ...config.State, ...never } }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.start().catch(() => undefined);
    const docker = new Docker({ socketPath: this.socket, timeout: REMOVE_MS });
    const containers = await docker.listContainers({ all: true }).catch(() => []);
    await Promise.allSettled(
      containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })),
    );
    await this.end('SIGTERM');
    await end(this.#containerd, 'SIGTERM');
    this.#endShims();
    for (const mount of mountsBelow(this.#folder)) execFileSync('umount', ['-l', mount]);
    execFileSync('ip', ['link', 'delete', this.#bridge]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What a killed dockerd has forgotten, and its containerd with it. */
  #endShims(): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        if (command.includes(this.#containerdSocket)) process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It has just ended.
      }
    }
  }

  #makeBridge(): void {
    const gateway = freePodCidr().replace('.0/', '.1/');
    execFileSync('ip', ['link', 'add', 'name', this.#bridge, 'type', 'bridge']);
    execFileSync('ip', ['address', 'add', gateway, 'dev', this.#bridge]);
    execFileSync('ip', ['link', 'set', this.#bridge, 'up']);
  }

  get #containerdSocket(): string {
    return this.#path('containerd.sock');
  }

  async #startContainerd(): Promise<void> {
    writeFileSync(
      this.#path('containerd.toml'),
      `version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n`,
    );
    this.#containerd = this.#run('containerd', [
      ...['--config', this.#path('containerd.toml'), '--address', this.#containerdSocket],
      ...['--root', this.#path('containerd'), '--state', this.#path('containerd-state')],
    ]);
    await eventually(() => existsSync(this.#containerdSocket), { what: 'its containerd' });
  }

  #run(program: string, args: readonly string[]): ChildProcess {
    const log = openSync(this.#path(`${program}.log`), 'a');
    const child = spawn(program, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    return child;
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #lastWords(program: string): string {
    return readFileSync(this.#path(`${program}.log`), 'utf8')
      .trim()
      .split('\n')
      .slice(-3)
      .join(' / ');
  }
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

/** Deepest first. */
function mountsBelow(folder: string): string[] {
  const points = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  return points.filter((point) => point.startsWith(`${folder}/`)).reverse();
}
