// What a provider may leave out, as docs/providers.md says.

/** Kinds of streams: one that is not offered is refused. */
export const STREAMS = ['logs', 'exec', 'attach', 'port-forward', 'agent-log', 'images'] as const;

export const OPTIONAL = [...STREAMS, 'objects', 'events', 'stats'] as const;

export type Offer = (typeof OPTIONAL)[number];

export type Offers = ReadonlySet<Offer>;
