// A real image registry on loopback, for tests of pulling: Debian's docker-registry, the installed one or its package
// unpacked into a cache. Docker takes 127.0.0.0/8 for insecure registries by itself, so plain HTTP will do.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { freePorts } from '../../sandbox/free-ports.ts';
import { eventually } from './eventually.ts';

export interface DockerRegistry extends AsyncDisposable {
  /** `127.0.0.1:port`: the registry part of its images' names. */
  readonly host: string;
  /** Pushes a local image; resolves with its name in this registry, and leaves no local tag of that name. */
  push(docker: Docker, image: string, name: string): Promise<string>;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** The password's bcrypt hash, as htpasswd writes it. */
  readonly bcrypt: string;
}

/** Made once with `htpasswd -nbB`; the registry understands nothing but bcrypt. */
export const TEST_CREDENTIALS: Credentials = {
  username: 'tester',
  password: 'correct horse',
  bcrypt: '$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2',
};

export async function startDockerRegistry(credentials?: Credentials): Promise<DockerRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-registry-'));
  const [port] = await freePorts(1);
  const host = `127.0.0.1:${port}`;
  writeFileSync(join(folder, 'config.json'), JSON.stringify(configuration(folder, host, credentials)));
  if (credentials) {
    writeFileSync(join(folder, 'htpasswd'), `${credentials.username}:${credentials.bcrypt}\n`);
  }
  const child = spawn(registryBinary(), ['serve', join(folder, 'config.json')], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const answers = async () => (await fetch(`http://${host}/v2/`)).status > 0;
    await eventually(answers, { what: 'docker-registry' });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host,
    push: (docker, image, name) => push(docker, { image, target: `${host}/${name}`, credentials }),
    [Symbol.asyncDispose]: stop,
  };
}

/** JSON is YAML, which is what the registry reads. */
function configuration(folder: string, host: string, credentials: Credentials | undefined): object {
  return {
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: host },
    ...(credentials && { auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } } }),
  };
}

interface Push {
  readonly image: string;
  readonly target: string;
  readonly credentials: Credentials | undefined;
}

async function push(docker: Docker, { image, target, credentials }: Push): Promise<string> {
  const colon = target.lastIndexOf(':');
  await docker.getImage(image).tag({ repo: target.slice(0, colon), tag: target.slice(colon + 1) });
  const authconfig = {
    username: credentials?.username ?? '',
    password: credentials?.password ?? '',
    serveraddress: target.split('/')[0] ?? '',
  };
  const progress = await docker.getImage(target).push({ authconfig });
  let text = '';
  for await (const chunk of progress) text += String(chunk);
  await docker.getImage(target).remove();
  if (text.includes('"error"')) throw new Error(`pushing ${target} failed: ${text}`);
  return target;
}

function registryBinary(): string {
  const installed = '/usr/bin/docker-registry';
  if (existsSync(installed)) return installed;
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'longshore');
  const unpacked = join(cache, 'docker-registry');
  if (!existsSync(unpacked)) unpackPackage(cache, unpacked);
  return join(unpacked, installed);
}

/** Downloads Debian's package with apt and unpacks it beside its final place, so that a half of it is never found. */
function unpackPackage(cache: string, target: string): void {
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, 'unpacking-'));
  try {
    execFileSync('apt-get', ['download', '-qq', 'docker-registry'], { cwd: scratch, stdio: 'pipe' });
    const [archive] = readdirSync(scratch);
    if (!archive) throw new Error('apt-get downloaded nothing');
    execFileSync('dpkg', ['-x', archive, 'tree'], { cwd: scratch, stdio: 'pipe' });
    if (!existsSync(target)) renameSync(join(scratch, 'tree'), target);
  } catch (cause) {
    throw new Error(
      'the tests of pulling need docker-registry (apt-get install docker-registry, or apt-get update first)',
      { cause },
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
