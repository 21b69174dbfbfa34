// A file of variables, as containers leave them for others in a volume (fileKeyRef): lines of NAME='value', with nothing
// around the sign of equality. What is between the quotes is taken as it is, over several lines too. A shell that sources
// such a file has the same variables.

/** One as it is now, wherever it lies. */
export type EnvFile =
  | { readonly kind: 'found'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable' };

/** By `envFileKey`; those of volumes that the pod has. */
export type EnvFiles = ReadonlyMap<string, EnvFile>;

export function envFileKey(volume: string, path: string): string {
  return `${volume}/${path}`;
}

/** A blank line or a comment. */
const NOTHING = /[ \t]*(#[^\n]*)?(\n|$)/y;
const NAME = /[ \t]*([^='\s]+)=/y;
const VALUE = /'([^']*)'/y;
const REST = /([ \t]+#[^\n]*|[ \t]*)(\n|$)/y;

export type EnvFileValue =
  | { readonly kind: 'found'; readonly value: string }
  | { readonly kind: 'absent' }
  /** What is before the key is no such file. */
  | { readonly kind: 'malformed' };

/** The first value of this name; what comes after it does not matter. */
export function envFileValue(text: string, name: string): EnvFileValue {
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match;
  };
  while (at < text.length) {
    if (take(NOTHING)) continue;
    const found = take(NAME);
    const value = found && take(VALUE);
    if (!value || !take(REST)) return { kind: 'malformed' };
    if (found[1] === name) return { kind: 'found', value: value[1] ?? '' };
  }
  return { kind: 'absent' };
}
