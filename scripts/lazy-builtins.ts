// Modules of Node.js that a program seldom needs, whoever imports them: its bundle loads each when something of it is first
// used. What is never loaded takes up no memory, a megabyte for `zlib` alone.
import type { Plugin } from 'esbuild';

const NAMESPACE = 'lazy-builtin';

/** `names`: such as `zlib`; of none may anybody change a member, or inherit. */
export function lazyBuiltins(names: readonly string[]): Plugin {
  return {
    name: NAMESPACE,
    setup({ onResolve, onLoad }) {
      if (names.length === 0) return;
      onResolve({ filter: new RegExp(`^(node:)?(${names.join('|')})$`) }, ({ path, namespace }) => {
        const name = path.replace('node:', '');
        return namespace === NAMESPACE
          ? { path: `node:${name}`, external: true }
          : { path: name, namespace: NAMESPACE };
      });
      onLoad({ filter: /.*/, namespace: NAMESPACE }, async ({ path }) => ({
        contents: await standIn(path),
        loader: 'js',
      }));
    },
  };
}

/** Has all that the module exports, under the same names. */
async function standIn(name: string): Promise<string> {
  const { default: builtin } = (await import(`node:${name}`)) as { default: object };
  const load = `require('node:${name}')`;
  const itself = typeof builtin === 'function' ? `(...given) => ${load}(...given)` : '{}';
  const lines = Object.keys(builtin).map((key) => {
    const text = JSON.stringify(key);
    return `Object.defineProperty(module.exports, ${text}, { enumerable: true, get: () => ${load}[${text}] });`;
  });
  return [`module.exports = ${itself};`, ...lines].join('\n');
}
