// Annotations of pods that take one word of few: what says something else counts as if it were not there, which people
// are told.
import { ON_DISCONNECT_ANNOTATION, UNPLACEABLE_ANNOTATION } from '../../common/names.ts';
import type { Pod } from '../../common/pod.ts';

const WORDS: Readonly<Record<string, readonly string[]>> = {
  [ON_DISCONNECT_ANNOTATION]: ['evict', 'keep'],
  [UNPLACEABLE_ANNOTATION]: ['reject'],
};
const MAX_SHOWN = 60;

/** For people, in the API server's words; empty: there is nothing to say. */
export function unknownAnnotationValues({ metadata: { annotations = {} } }: Pod): string {
  const unknown = Object.entries(WORDS).flatMap(([key, words]) => {
    const value = annotations[key];
    if (value === undefined || words.includes(value)) return [];
    const supported = words.map((word) => JSON.stringify(word)).join(', ');
    const shown = JSON.stringify(value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value);
    return [`metadata.annotations[${key}]: Unsupported value: ${shown}: supported values: ${supported}`];
  });
  return unknown.length === 0 ? '' : `${unknown.join('; ')}; taken as not set`;
}
