// What becomes of a field of a pod here, as data: one table for each object of the Kubernetes types. A table has a row
// for every field of its type, so a field that is new in the types does not compile until someone has thought about it.
// The pod's verdict (pod-problems.ts) and the users' support matrix (docs/support-matrix.md) are both read from it.

export interface Table<T> {
  /** The object's name in the Kubernetes API reference. */
  readonly title: string;
  readonly rows: { readonly [Field in keyof T]-?: Row<NonNullable<T[Field]>> };
}

/** An object's fields are rows of their own, unless one word covers all of them. */
export type Row<V> = NoEffect | Refused | (HasFields<Item<V>> extends true ? Fields<Item<V>> : Supported);

/** A table and its rows for one who does not know the type. */
export interface AnyTable {
  readonly title: string;
  readonly rows: Readonly<Record<string, AnyRow>>;
}
export type AnyRow = NoEffect | Refused | Supported | AnyFields;
interface AnyFields {
  readonly kind: 'fields';
  readonly table: AnyTable;
}

type Item<V> = V extends readonly (infer One)[] ? One : V;
/** Maps of anything to anything have none. */
type HasFields<V> = V extends object ? (string extends keyof V ? false : true) : false;

/** Works as on a kubelet. */
export interface Supported {
  readonly kind: 'supported';
  readonly tests: readonly (ProvedBy | ShownBy)[];
  readonly only: Only | undefined;
  /** What the machines of the tests lack, where nothing but the question is tested. */
  readonly notRunWith?: string;
}

/** A test that runs pods in Docker: its file below test/, without `.test.ts`, and its title. */
export type ProvedBy = `${'integration' | 'e2e'}/${string}: ${string}`;

/** A test of what Docker, or the machine, is asked for. */
export type ShownBy = `unit/${string}: ${string}`;

/** Which values of a supported field are. */
export interface Only {
  /** For people, in Markdown. */
  readonly says: string;
  /** Names what is not; undefined when all is well. */
  readonly refuses: (value: unknown) => string | undefined;
}

/** Means nothing to a node. */
export interface NoEffect {
  readonly kind: 'no-effect';
  readonly because: string;
}

/** Cannot be had here; a pod that asks for it does not start. */
export interface Refused {
  readonly kind: 'refused';
  readonly because: string;
  /** The one value that asks for nothing. */
  readonly unless: unknown;
}

export interface Fields<T> {
  readonly kind: 'fields';
  readonly table: Table<T>;
}

export const supported = (tests: ProvedBy | readonly ProvedBy[], only?: Only): Supported => ({
  kind: 'supported',
  tests: typeof tests === 'string' ? [tests] : tests,
  only,
});

export const supportedUnrun = (test: ShownBy, notRunWith: string): Supported => ({
  kind: 'supported',
  tests: [test],
  only: undefined,
  notRunWith,
});

export const noEffect = (because: string): NoEffect => ({ kind: 'no-effect', because });

export const refused = (because: string, { unless }: { unless?: unknown } = {}): Refused => ({
  kind: 'refused',
  because,
  unless,
});

/** The rows of an object, or of each in a list. */
export const fields = <T>(table: Table<T>): Fields<T> => ({ kind: 'fields', table });

export const only = (...values: readonly unknown[]): Only => ({
  says: values.map((value) => `\`${String(value)}\``).join(', '),
  refuses: (value) => (values.includes(value) ? undefined : `'${String(value)}'`),
});

/** All of them are, but there is something to say. */
export const told = (says: string): Only => ({ says, refuses: () => undefined });

/** A pod with another value is turned away by its machine, as by a kubelet. */
export const orFails = (reason: string, ...values: readonly unknown[]): Only => {
  const { says, refuses } = only(...values);
  return { says: `${says}; with another the pod fails at once (\`${reason}\`)`, refuses };
};

/** Any key but those that begin so. */
export const exceptKeys = (prefix: string, because: string): Only => ({
  says: `all but \`${prefix}*\`: ${because}`,
  refuses: (value) => {
    const found = Object.keys(value ?? {}).filter((key) => key.startsWith(prefix));
    return found.length > 0 ? `(${found.join(', ')})` : undefined;
  },
});

/** An empty list asks for nothing, nor does JSON's null. */
export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}
