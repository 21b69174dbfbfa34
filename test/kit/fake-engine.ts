// A small working model of the container engine, for tests of what drives it. Containers live by the clock of the test
// and do what their command's last word says; whatever Docker would refuse is refused, and what a worker must never
// ask is kept as a violation. It outlives the agent, as Docker does.

import type { CreateRequest } from '../../agent/pod/create-options.ts';
import type { ContainerIdentity } from '../../agent/pod/labels.ts';
import { SANDBOX } from '../../agent/pod/names.ts';
import type { AppliedLimits } from '../../agent/pod/resize.ts';
import {
  type Engine,
  type EngineContainer,
  EngineError,
  type EngineEvent,
  type EngineState,
  type EngineSummary,
} from '../../agent/runtime/engine.ts';
import type { Written } from '../../agent/stats/reading.ts';
import type { Clock } from '../../common/clock.ts';
import { STUBBORN } from './pod-machine.ts';

export type EngineOperation =
  | 'list'
  | 'inspect'
  | 'create'
  | 'start'
  | 'resize'
  | 'kill'
  | 'stop'
  | 'remove'
  | 'image';

type HostLimits = Partial<AppliedLimits>;

interface Box {
  readonly name: string;
  readonly request: CreateRequest;
  container: EngineContainer;
  state: EngineState;
  readonly program: string;
  /** To start, whatever came of it. */
  wasAsked: boolean;
}

const MAX_PACE = 3000;
const MAX_EVENTS = 256;

export class FakeEngine implements Engine {
  readonly violations: string[] = [];
  /** Every operation that changes something, as `start main/0`. */
  readonly journal: string[] = [];
  /** Every end there was, of containers that are gone too. */
  readonly ends: { readonly identity: ContainerIdentity; readonly exitCode: number }[] = [];
  /** Told the id of each container that ends. */
  onEnd: (id: string) => void = () => {};
  /** Told of each container that is made. */
  onCreate: (identity: ContainerIdentity) => void = () => {};
  /** Asked at each start; what it says is a violation. */
  forbidsStart: (identity: ContainerIdentity) => string | undefined = () => undefined;
  readonly #clock: Clock;
  readonly #boxes = new Map<string, Box>();
  readonly #listeners = new Set<(event: EngineEvent | undefined) => void>();
  /** As many as Docker keeps, for as long as it runs. */
  readonly #events: EngineEvent[] = [];
  readonly #failures: { operation: EngineOperation; error: EngineError }[] = [];
  #count = 0;
  #up = true;
  #pace = { atMs: 0, count: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The next such operation fails so; several queue up. */
  failNext(operation: EngineOperation, error: EngineError): void {
    this.#failures.push({ operation, error });
  }

  /** No failure is due any more. */
  heal(): void {
    this.#failures.length = 0;
  }

  /** The daemon goes away: nothing answers, the event stream ends, containers live on. */
  goDown(): void {
    this.#up = false;
    this.#events.length = 0;
    for (const listener of this.#listeners) listener(undefined);
  }

  comeUp(): void {
    this.#up = true;
  }

  /** The program ends by itself, or is made to end by somebody else. */
  exit(container: string, exitCode: number): void {
    for (const box of this.#running(container)) this.#end(box, exitCode);
  }

  /** The kernel has killed a process of it, as `main/0`, for want of memory; all that shows it is an event. */
  runOutOfMemory(attempt: string): void {
    for (const box of this.#boxes.values()) if (label(box) === attempt) this.#tell(box, true);
  }

  /** Somebody removes it behind the agent's back. */
  vanish(container: string): void {
    for (const box of [...this.#boxes.values()]) {
      if (box.request.identity.container !== container) continue;
      this.#boxes.delete(box.container.id);
      this.onEnd(box.container.id);
      this.#tell(box);
    }
  }

  /** `main/0` for attempt 0 of container main; of one pod, if it is named. */
  running(podUid?: string): string[] {
    return [...this.#boxes.values()]
      .filter((box) => isRunning(box) && (podUid === undefined || box.request.identity.podUid === podUid))
      .map(label)
      .sort();
  }

  /** `main/0`; undefined when it does not run. */
  runningLabel(id: string): string | undefined {
    const box = this.#boxes.get(id);
    return box && isRunning(box) ? label(box) : undefined;
  }

  all(): string[] {
    return [...this.#boxes.values()].map(label).sort();
  }

  /** Of the newest container of this name. */
  environment(container: string): readonly string[] {
    const boxes = [...this.#boxes.values()].filter(({ request }) => request.identity.container === container);
    return boxes.at(-1)?.request.options.Env ?? [];
  }

  async list(podUid?: string): Promise<readonly EngineSummary[]> {
    this.#enter('list');
    return [...this.#boxes.values()]
      .filter(({ request }) => podUid === undefined || request.identity.podUid === podUid)
      .map(({ container, request, state }) => ({
        id: container.id,
        podUid: request.identity.podUid,
        state: state.kind,
      }));
  }

  async inspect(idOrName: string): Promise<EngineContainer | undefined> {
    this.#enter('inspect');
    const box = [...this.#boxes.values()].find(
      ({ name, container }) => container.id === idOrName || name === idOrName,
    );
    // As Docker: on its network as long as it runs.
    return box && { ...box.container, state: box.state, ip: isRunning(box) ? box.container.ip : '' };
  }

  async create(request: CreateRequest): Promise<{ id: string; warnings: readonly string[] }> {
    this.#enter('create');
    if ([...this.#boxes.values()].some(({ name }) => name === request.name)) {
      throw new EngineError('conflict', `The container name "/${request.name}" is already in use`);
    }
    const { identity, options } = request;
    if (identity.sandboxId !== '' && !this.#boxes.has(identity.sandboxId)) {
      throw new EngineError('refused', `No such container: ${identity.sandboxId}`);
    }
    const id = String(++this.#count).padStart(64, '0');
    const container: EngineContainer = {
      id,
      identity,
      state: { kind: 'created' },
      createdAtMs: this.#clock.now(),
      imageId: options.Image ?? '',
      stopSignal: 'SIGTERM',
      ...(options.HostConfig?.Runtime ? { runtime: options.HostConfig.Runtime } : {}),
      ...(identity.container === SANDBOX ? { network: options.HostConfig?.NetworkMode ?? '' } : {}),
      limits: limitsOf(options.HostConfig ?? {}),
      ip: identity.container === SANDBOX ? `10.0.0.${this.#count}` : '',
    };
    const program = [options.Entrypoint ?? [], options.Cmd ?? []].flat().at(-1) ?? '';
    const { name } = request;
    this.#boxes.set(id, { name, request, container, state: container.state, program, wasAsked: false });
    this.journal.push(`create ${label({ request })}`);
    this.onCreate(identity);
    return { id, warnings: [] };
  }

  async resize(id: string, limits: AppliedLimits): Promise<void> {
    this.#enter('resize');
    const box = this.#boxes.get(id);
    if (!box) throw new EngineError('refused', `No such container: ${id}`);
    box.container = { ...box.container, limits };
    this.journal.push(`resize ${label(box)}`);
  }

  async start(id: string): Promise<void> {
    const box = this.#boxes.get(id);
    // Docker may never answer, when it was killed over the first.
    if (box?.state.kind === 'created' && box.wasAsked) this.violations.push(`asked twice: ${label(box)}`);
    if (box) box.wasAsked = true;
    this.#enter('start');
    if (!box) throw new EngineError('refused', `No such container: ${id}`);
    const { identity } = box.request;
    if (isRunning(box)) return;
    if (box.state.kind === 'exited') this.violations.push(`started again: ${label(box)}`);
    const twins = this.#running(identity.container).filter(
      ({ request }) => request.identity.podUid === identity.podUid,
    );
    if (twins.length > 0) this.violations.push(`started beside its own kind: ${label(box)}`);
    const forbidden = this.forbidsStart(identity);
    if (forbidden !== undefined) this.violations.push(`started ${forbidden}: ${label(box)}`);
    const sandbox = this.#boxes.get(identity.sandboxId);
    if (identity.sandboxId !== '' && !(sandbox && isRunning(sandbox))) {
      this.#refuseStart(box, 'cannot join network of a non running container');
    }
    this.journal.push(`start ${label(box)}`);
    box.state = { kind: 'running', startedAtMs: this.#clock.now() };
    this.#tell(box);
    const [, code] = /\bexit (\d+)$/.exec(box.program) ?? [];
    if (code !== undefined && !box.program.includes('trap')) this.#end(box, Number(code));
    if (box.program === 'no-such-program') this.#refuseStart(box, 'no-such-program: no such file');
  }

  async kill(id: string, signal: string): Promise<void> {
    this.#enter('kill');
    const box = this.#boxes.get(id);
    if (!box || !isRunning(box)) return;
    this.journal.push(`${signal} ${label(box)}`);
    if (signal === 'SIGKILL') this.#end(box, 137);
    else if (box.program !== STUBBORN) this.#end(box, 0);
  }

  async stop(id: string, _graceSeconds: number): Promise<void> {
    this.#enter('stop');
    const box = this.#boxes.get(id);
    if (box && isRunning(box)) this.#end(box, box.program === STUBBORN ? 137 : 0);
  }

  async remove(id: string): Promise<void> {
    this.#enter('remove');
    const box = this.#boxes.get(id);
    if (!box) return;
    if (isRunning(box)) this.violations.push(`removed while running: ${label(box)}`);
    this.journal.push(`remove ${label(box)}`);
    this.#boxes.delete(id);
    this.#tell(box);
  }

  /** What each container has written, by name. */
  readonly layerBytes = new Map<string, number>();

  async written(id: string): Promise<Written | undefined> {
    const box = this.#boxes.get(id);
    return box && { layerBytes: this.layerBytes.get(box.request.identity.container) ?? 0 };
  }

  async resolvers(network: string): Promise<readonly string[]> {
    return [`resolver-of-${network}`];
  }

  /** Removed by somebody; by id. */
  readonly absentImages = new Set<string>();
  /** The user that every image names. */
  imageUser = '';

  async image(id: string) {
    this.#enter('image');
    if (this.absentImages.has(id)) return undefined;
    return { repoTags: [`${id}:tag`], repoDigests: [`${id}@sha256:digest`], user: this.imageUser };
  }

  async *events(sinceMs: number | undefined, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    this.#enter('list');
    const queue: (EngineEvent | undefined)[] = this.#events.filter(
      ({ timeMs }) => sinceMs !== undefined && timeMs >= sinceMs,
    );
    let wake = () => {};
    const listener = (event: EngineEvent | undefined) => {
      queue.push(event);
      wake();
    };
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => listener(undefined), { once: true });
    try {
      for (;;) {
        if (queue.length === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        const event = queue.shift();
        if (!event) throw new EngineError('unavailable', 'the event stream ended');
        yield event;
      }
    } finally {
      this.#listeners.delete(listener);
    }
  }

  #enter(operation: EngineOperation): void {
    this.#watchPace();
    if (!this.#up) throw new EngineError('unavailable', 'cannot ask Docker; is it running?');
    const at = this.#failures.findIndex((failure) => failure.operation === operation);
    const [failure] = at >= 0 ? this.#failures.splice(at, 1) : [];
    if (failure) throw failure.error;
  }

  /** A driver that asks without end while the clock stands still would hang the test. */
  #watchPace(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#pace = { atMs: nowMs, count: this.#pace.atMs === nowMs ? this.#pace.count + 1 : 1 };
    if (this.#pace.count < MAX_PACE) return;
    this.#pace = { atMs: nowMs, count: 0 };
    this.violations.push('asked without end');
    throw new EngineError('unavailable', 'asked without end');
  }

  #running(container: string): Box[] {
    return [...this.#boxes.values()].filter(
      (box) => box.request.identity.container === container && isRunning(box),
    );
  }

  #end(box: Box, exitCode: number): void {
    const startedAtMs = box.state.kind === 'running' ? box.state.startedAtMs : undefined;
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    const finishedAtMs = this.#clock.now();
    box.state = { kind: 'exited', exitCode, reason, message: '', startedAtMs, finishedAtMs };
    this.ends.push({ identity: box.request.identity, exitCode });
    this.onEnd(box.container.id);
    this.#tell(box);
  }

  /** As Docker: it stays, and says why. */
  #refuseStart(box: Box, message: string): never {
    const atMs = this.#clock.now();
    box.state = {
      kind: 'exited',
      exitCode: 127,
      reason: 'ContainerCannotRun',
      message,
      startedAtMs: atMs,
      finishedAtMs: atMs,
    };
    throw new EngineError('refused', message);
  }

  #tell({ container, request }: Box, outOfMemory = false): void {
    const event = {
      podUid: request.identity.podUid,
      containerId: container.id,
      timeMs: this.#clock.now(),
      outOfMemory,
    };
    this.#events.push(event);
    if (this.#events.length > MAX_EVENTS) this.#events.shift();
    for (const listener of this.#listeners) listener(event);
  }
}

function limitsOf({ CpuShares = 0, CpuQuota = 0, Memory = 0 }: HostLimits): AppliedLimits {
  return { CpuShares, CpuQuota, Memory };
}

function isRunning(box: Box): boolean {
  return box.state.kind === 'running';
}

function label({ request }: Pick<Box, 'request'>): string {
  return `${request.identity.container}/${request.identity.attempt}`;
}
