// Bundles one of the programs into a single CommonJS file that needs nothing but Node.js beside it.
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { lazyBuiltins } from './lazy-builtins.ts';

const root = join(import.meta.dirname, '..');

export interface Program {
  /** From the repository's root. */
  readonly entry: string;
  readonly outfile: string;
  readonly maxBytes: number;
  /** Packages that must not find their way into it. */
  readonly forbidden: readonly string[];
  /** Modules of Node.js that it does without for as long as nothing asks for them. */
  readonly seldom: readonly string[];
}

export const PROGRAMS: readonly Program[] = [
  {
    entry: 'agent/main.ts',
    outfile: 'longshore-agent.cjs',
    maxBytes: 1_000_000,
    forbidden: [
      ...['@kubernetes/client-node', 'undici', 'commander', 'ssh2', 'cpu-features'],
      ...['tar-fs', 'readable-stream', 'thread-stream'],
    ],
    seldom: ['assert', 'child_process', 'dgram', 'module', 'readline', 'tty', 'zlib'],
  },
  {
    entry: 'controller/main.ts',
    outfile: 'longshore.cjs',
    maxBytes: 4_000_000,
    forbidden: ['dockerode', 'docker-modem', 'ssh2', 'cpu-features', 'thread-stream'],
    seldom: [],
  },
];

export interface Bundle {
  readonly path: string;
  readonly bytes: number;
  /** Bytes in the bundle by package, largest first; our own code is `longshore`. */
  readonly packages: readonly (readonly [name: string, bytes: number])[];
}

/** dockerode loads a second gRPC loader, tar and ignore files eagerly, to build images, which we never do. */
const withoutImageBuilding: Plugin = {
  name: 'without-image-building',
  setup({ onResolve }) {
    onResolve({ filter: /^(\.\/session|\.\/buildkit|tar-fs|@balena\/dockerignore)$/ }, ({ importer }) =>
      importer.includes('/node_modules/dockerode/')
        ? { path: join(root, 'scripts/unused-stub.ts') }
        : undefined,
    );
  },
};

/** What `controller/kube/without-generated-api.ts` does where the sources are run. */
const withoutGeneratedApi: Plugin = {
  name: 'without-generated-api',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/gen\/index\.js$/ }, ({ importer }) =>
      importer.endsWith('/@kubernetes/client-node/dist/config.js')
        ? { path: join(root, 'controller/kube/generated-api-stub.ts') }
        : undefined,
    );
  },
};

/** pino would log from threads of their own, which we never ask of it. */
const withoutLogThreads: Plugin = {
  name: 'without-log-threads',
  setup({ onResolve }) {
    const instead = (stub: string) => (importer: string) =>
      importer.includes('/node_modules/pino/') ? { path: join(root, 'scripts', stub) } : undefined;
    const transport = instead('unused-stub.ts');
    const threads = instead('main-thread-stub.ts');
    onResolve({ filter: /^\.\/(lib\/)?transport$/ }, ({ importer }) => transport(importer));
    onResolve({ filter: /^worker_threads$/ }, ({ importer }) => threads(importer));
  },
};

/** Throws when the bundle is larger than it may be, or holds what it must not. */
export async function bundle(program: Program, outdir: string): Promise<Bundle> {
  const path = join(outdir, program.outfile);
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [program.entry],
    outfile: path,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    sourcemap: 'external',
    legalComments: 'eof',
    metafile: true,
    logLevel: 'warning',
    alias: {
      ssh2: join(root, 'scripts/ssh2-stub.ts'),
      'readable-stream': 'node:stream',
    },
    plugins: [withoutImageBuilding, withoutGeneratedApi, withoutLogThreads, lazyBuiltins(program.seldom)],
    define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  });
  if (!readFileSync(path, 'utf8').startsWith('#!')) throw new Error(`${program.entry} has no #! line`);
  chmodSync(path, 0o755);
  const bytes = statSync(path).size;
  const packages = sizeByPackage(metafile, program.outfile);
  const smuggled = packages.map(([name]) => name).filter((name) => program.forbidden.includes(name));
  if (smuggled.length > 0) throw new Error(`${program.outfile} must not hold ${smuggled.join(', ')}`);
  if (bytes > program.maxBytes) {
    throw new Error(`${program.outfile} has ${bytes} bytes, more than the ${program.maxBytes} it may have`);
  }
  return { path, bytes, packages };
}

function sizeByPackage(metafile: Metafile, outfile: string): [string, number][] {
  const sizes = new Map<string, number>();
  const output = Object.entries(metafile.outputs).find(([path]) => basename(path) === outfile)?.[1];
  for (const [path, { bytesInOutput }] of Object.entries(output?.inputs ?? {})) {
    const name = packageOf(path);
    sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
  }
  return [...sizes].sort(([, a], [, b]) => b - a);
}

function packageOf(path: string): string {
  return /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? 'longshore';
}
