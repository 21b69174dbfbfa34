// Connections to what listens on the loopback interface of a pod, and maybe nowhere else. A pod that shares the machine's
// network is dialled from here; in any other's namespace a helper does it, which stays for a little while: connections come
// in bursts. None outlives the agent, and there are never more than a few.
import type { Socket } from 'node:net';
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import { TimeLimitError, withinMs } from '../../common/time-limit.ts';
import { unlessAborted } from '../../common/unless-aborted.ts';
import { networkWords } from '../pod/network-words.ts';
import { DIALLING_HERE, type Dialling, startDialling } from './dialling.ts';
import type { Dialled } from './loopback.ts';
import {
  type ContainerProcess,
  namespaceName,
  openNetworkNamespace,
  ownNamespaceName,
} from './network-namespace.ts';

export interface PodDialer extends AsyncDisposable {
  /**
   * Rejects with a LongshoreError: `invalid`, in words for the client, when nothing takes the connection; and as soon as the
   * signal aborts, which leaves nothing behind.
   */
  dial(podUid: string, port: number, signal: AbortSignal): Promise<Socket>;
}

export interface PodDialerDeps {
  /** The process that holds a pod's network namespace; undefined when the pod does not run. */
  readonly findSandbox: (podUid: string) => Promise<ContainerProcess | undefined>;
  /** Where the machine's processes are seen. */
  readonly procFolder: string;
  /** What ends up in `runDialHelper`. */
  readonly helperCommand: readonly string[];
  readonly clock: Clock;
}

const MAX_HELPERS = 8;
const IDLE_MS = 10_000;
/** Longer than a helper waits for a server. */
const MAX_DIAL_MS = 25_000;

/** Into the namespace of a pod, as it was when it was found. */
interface Way {
  readonly pid: number;
  readonly namespace: string;
  readonly dialling: Dialling;
}

interface Asked {
  readonly port: number;
  readonly signal: AbortSignal;
}

interface Entry {
  readonly way: Promise<Way>;
  /** Connections that are being made. */
  pending: number;
  /** Aborted when it is used again, or given up. */
  idle: AbortController;
}

export function createPodDialer(deps: PodDialerDeps): PodDialer {
  const { findSandbox, procFolder, helperCommand, clock } = deps;
  /** By pod; the least recently used first. */
  const entries = new Map<string, Entry>();
  const ending = new Set<Promise<void>>();
  let disposed = false;

  async function findWay(podUid: string): Promise<Way> {
    const sandbox = await findSandbox(podUid);
    if (!sandbox) throw new LongshoreError('invalid', 'the pod is not running');
    await using namespace = await openNetworkNamespace(sandbox, procFolder);
    const { name } = namespace;
    const isHere = name === (await ownNamespaceName());
    const dialling = isHere ? DIALLING_HERE : startDialling(namespace, helperCommand);
    return { pid: sandbox.pid, namespace: name, dialling };
  }

  function enter(podUid: string): Entry {
    if (disposed) throw new LongshoreError('cancelled', 'the agent stops');
    makeRoom();
    const entry: Entry = { way: findWay(podUid), pending: 0, idle: new AbortController() };
    entries.set(podUid, entry);
    return entry;
  }

  function makeRoom(): void {
    if (entries.size < MAX_HELPERS) return;
    const [podUid, entry] = [...entries].find(([, { pending }]) => pending === 0) ?? [];
    if (!podUid || !entry)
      throw new LongshoreError('exhausted', `connections to ${MAX_HELPERS} pods are being made: try again`);
    leave(podUid, entry);
  }

  function leave(podUid: string, entry: Entry): void {
    if (entries.get(podUid) === entry) entries.delete(podUid);
    entry.idle.abort();
    const gone = entry.way.then(
      ({ dialling }) => dialling.end(),
      () => undefined,
    );
    ending.add(gone);
    void gone.finally(() => ending.delete(gone));
  }

  async function isCurrent({ pid, namespace, dialling }: Way): Promise<boolean> {
    return dialling.alive && (await namespaceName(pid, procFolder)) === namespace;
  }

  /** A pod's sandbox may have been made anew since it was entered. */
  async function dialBy(podUid: string, entry: Entry, asked: Asked): Promise<Dialled | undefined> {
    entry.pending++;
    entry.idle.abort();
    try {
      const way = await entry.way;
      if (await isCurrent(way)) return await answered(way, asked);
      leave(podUid, entry);
      return undefined;
    } catch (error) {
      // What nobody waits for any more is left to the helper while others wait for it too, and else ends with it.
      if (!asked.signal.aborted || entry.pending === 1) leave(podUid, entry);
      throw error;
    } finally {
      entry.pending--;
      if (entry.pending === 0 && entries.get(podUid) === entry) rest(podUid, entry);
    }
  }

  /** A helper that hangs is given up, and its end with it. */
  async function answered({ dialling }: Way, { port, signal }: Asked): Promise<Dialled> {
    const limit = { ms: MAX_DIAL_MS, clock, signal };
    const hangUp = (late: Dialled) => late.kind === 'connected' && late.socket.destroy();
    try {
      return await withinMs(limit, (until) => unlessAborted(() => dialling.dial(port, until), until, hangUp));
    } catch (error) {
      if (!(error instanceof TimeLimitError)) throw error;
      throw new LongshoreError('unavailable', "the helper in the pod's network does not answer: try again");
    }
  }

  function rest(podUid: string, entry: Entry): void {
    entries.delete(podUid);
    entries.set(podUid, entry);
    entry.idle = new AbortController();
    clock.sleep(IDLE_MS, entry.idle.signal).then(
      () => leave(podUid, entry),
      () => undefined,
    );
  }

  return {
    async dial(podUid, port, signal) {
      for (;;) {
        signal.throwIfAborted();
        const dialled = await dialBy(podUid, entries.get(podUid) ?? enter(podUid), { port, signal });
        if (dialled?.kind === 'connected') return dialled.socket;
        if (dialled) throw refused(port, dialled);
      }
    },
    async [Symbol.asyncDispose]() {
      disposed = true;
      for (const [podUid, entry] of entries) leave(podUid, entry);
      await Promise.all(ending);
    },
  };
}

/** As a kubelet's runtime words it. */
function refused(port: number, { failures }: Extract<Dialled, { kind: 'failed' }>): LongshoreError {
  const tried = failures.map(({ host, code }) => {
    const [family, address] = host.includes(':') ? [6, `[${host}]:${port}`] : [4, `${host}:${port}`];
    return `IPv${family}: dial tcp${family} ${address}: ${networkWords({ code, message: code })}`;
  });
  const why = tried.join(' ') || 'the connection was lost';
  const message = `failed to connect to localhost:${port} inside the pod's network namespace, ${why}`;
  return new LongshoreError('invalid', message);
}
