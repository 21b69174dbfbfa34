// Which file may import what. One rule per line of the house: sources are classified by folder, and every import is
// checked against the first rule that names it. Type-only imports are told apart, because a type costs nothing at run
// time and is allowed to cross where a value is not.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export interface Import {
  readonly from: string;
  /** A path from the repository's root, or a package's name. */
  readonly to: string;
  readonly typeOnly: boolean;
}

export interface Violation extends Import {
  readonly rule: string;
}

interface Rule {
  readonly name: string;
  readonly forbids: (edge: Import) => boolean;
}

const under = (...folders: string[]) => {
  const prefixes = folders.map((folder) => `${folder}/`);
  return (path: string) => prefixes.some((prefix) => path.startsWith(prefix));
};

const product = under('proto', 'common', 'controller', 'agent');
const ours = under('proto', 'common', 'controller', 'agent', 'sandbox', 'scripts', 'test', 'examples');
const CONTROLLER_ROOMS = ['kube', 'rpc', 'kubelet', 'pki', 'cli', 'reconcile', 'metrics'].map(
  (room) => `controller/${room}`,
);
const AGENT_ROOMS = [
  'runtime',
  'images',
  'state',
  'link',
  'discovery',
  'host',
  'volumes',
  'probes',
  'stats',
  'network',
].map((room) => `agent/${room}`);
const roomOf = (path: string) => [...CONTROLLER_ROOMS, ...AGENT_ROOMS].find((room) => under(room)(path));
const isAppOrMain = (path: string) => /^(controller|agent)\/[a-z-]+\.ts$/.test(path);

/** Interfaces that one room declares for another to implement. */
const PORTS: ReadonlySet<string> = new Set([
  'agent/link/object-host.ts',
  'agent/link/pod-host.ts',
  'agent/link/stream-host.ts',
  'agent/images/image-engine.ts',
  'agent/runtime/pod-volumes.ts',
  'controller/cli/stream-client.ts',
  'agent/stats/reading.ts',
]);

/** A package may be imported at run time only below these folders; `types` says that types may go anywhere. */
const SEAMS: readonly { readonly packages: RegExp; readonly folders: string[] }[] = [
  { packages: /^@kubernetes\/client-node$|^undici$/, folders: ['controller/kube'] },
  { packages: /^dockerode$/, folders: ['agent/runtime'] },
  {
    packages: /^@grpc\/grpc-js$/,
    folders: ['controller/rpc', 'controller/cli', 'agent/link', 'agent/probes'],
  },
  { packages: /^protobufjs$/, folders: ['proto'] },
  { packages: /^mdns-js$/, folders: ['controller/discovery', 'controller/rpc', 'agent/discovery'] },
  { packages: /^ws$/, folders: ['controller/kubelet'] },
  { packages: /^commander$/, folders: ['controller/cli', 'sandbox'] },
];

export const RULES: readonly Rule[] = [
  { name: 'nothing imports test/', forbids: ({ from, to }) => under('test')(to) && !under('test')(from) },
  {
    name: 'the product does not import sandbox/, scripts/ or examples/',
    forbids: ({ from, to }) => product(from) && under('sandbox', 'scripts', 'examples')(to),
  },
  {
    name: 'controller/ and agent/ do not import each other',
    forbids: ({ from, to }) =>
      (under('controller')(from) && under('agent')(to)) || (under('agent')(from) && under('controller')(to)),
  },
  {
    name: 'proto/ imports nothing of ours',
    forbids: ({ from, to }) => under('proto')(from) && ours(to) && !under('proto')(to),
  },
  {
    name: 'common/ imports only proto/ and common/',
    forbids: ({ from, to }) => under('common')(from) && ours(to) && !under('proto', 'common')(to),
  },
  {
    name: 'the pure rooms import only proto/, common/ and themselves',
    forbids: ({ from, to }) =>
      (under('controller/model')(from) && ours(to) && !under('proto', 'common', 'controller/model')(to)) ||
      (under('agent/pod')(from) && ours(to) && !under('proto', 'common', 'agent/pod')(to)),
  },
  {
    name: 'the pure rooms do no input or output',
    forbids: ({ from, to }) =>
      under('controller/model', 'agent/pod')(from) &&
      /^node:(fs|net|tls|http|https|child_process|timers|dns|dgram)/.test(to),
  },
  {
    name: 'adapters do not import each other (types of reconcile/ and of ports excepted)',
    forbids: ({ from, to, typeOnly }) => {
      const [source, target] = [roomOf(from), roomOf(to)];
      if (!source || !target || source === target) return false;
      return !(typeOnly && (target === 'controller/reconcile' || PORTS.has(to)));
    },
  },
  {
    name: 'rooms do not import app, config or main',
    forbids: ({ from, to }) => isAppOrMain(to) && !isAppOrMain(from) && product(from),
  },
  ...SEAMS.map(({ packages, folders }) => ({
    name: `${packages.source} is imported only below ${folders.join(', ')}`,
    forbids: ({ from, to, typeOnly }: Import) =>
      packages.test(to) && !typeOnly && product(from) && !under(...folders)(from),
  })),
];

export function violations(imports: readonly Import[]): Violation[] {
  return imports.flatMap((edge) =>
    RULES.filter((rule) => rule.forbids(edge)).map((rule) => ({ ...edge, rule: rule.name })),
  );
}

/** Every import of every source file below `root`. */
export function readImports(root: string): Import[] {
  const files = globSync('{proto,common,controller,agent,sandbox,scripts,test,examples}/**/*.ts', {
    cwd: root,
  });
  return files.flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')));
}

const IMPORT = /^\s*(?:import|export)\s+(type\s+)?([^'";]*?\bfrom\s+)?['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

export function importsOf(file: string, source: string): Import[] {
  const edge = (specifier: string, typeOnly: boolean): Import => ({
    from: file,
    to: resolve(file, specifier),
    typeOnly,
  });
  const fixed = [...source.matchAll(IMPORT)].map(([, type, names = '', specifier = '']) =>
    edge(specifier, type !== undefined || onlyTypes(names)),
  );
  return [...fixed, ...[...source.matchAll(DYNAMIC)].map(([, specifier = '']) => edge(specifier, false))];
}

/** `{ type A, type B }` imports nothing at run time. */
function onlyTypes(names: string): boolean {
  const braces = /^\s*\{([^}]*)\}\s*from\s+$/.exec(names)?.[1];
  const members = braces?.split(',').filter((member) => member.trim() !== '');
  return members !== undefined && members.length > 0 && members.every((member) => /^\s*type\s/.test(member));
}

function resolve(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return normalize(join(dirname(file), specifier));
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
