// What Node.js has compiled of the program, kept for the next command in a folder that is the user's own.
import { lstatSync, mkdirSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** They start once and stay: it would cost them memory and spare nobody a wait. */
const LONG_LIVED: ReadonlySet<string | undefined> = new Set(['controller', 'sandbox']);

/** Without a place to keep it in, commands are as they are without it. `NODE_DISABLE_COMPILE_CACHE=1` turns it off. */
export function keepCompiled(command: string | undefined, env: NodeJS.ProcessEnv): void {
  if (LONG_LIVED.has(command)) return;
  try {
    const folder = cacheFolder(env);
    if (!isAbsolute(folder)) return;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (isOurs(folder)) enableCompileCache(folder);
  } catch {
    // A file system that cannot be written to.
  }
}

/** By the XDG base directory specification, which has relative paths ignored. */
function cacheFolder({ XDG_CACHE_HOME }: NodeJS.ProcessEnv): string {
  const base = XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache');
  return join(base, 'longshore', 'compiled');
}

/** What others can write to, they could have us run. */
function isOurs(folder: string): boolean {
  const { uid, mode } = lstatSync(folder);
  return uid === process.getuid?.() && (mode & 0o022) === 0;
}
